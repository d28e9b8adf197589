using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>
/// The natural key of a target: a field of its events, and the bytes of a record that decide it. The kernel counts by those bytes;
/// the layout's own decoders read them, so that a key says what an event would.
/// </summary>
/// <param name="Field">The field of <c>data</c>.</param>
/// <param name="Parts">At most <see cref="Wire.KeyParts"/>, together at most <see cref="Wire.MaxKey"/> bytes.</param>
/// <param name="ByProcess">Whether each process is counted apart.</param>
internal sealed record EventKey(string Field, IReadOnlyList<WireKeyPart> Parts, bool ByProcess)
{
    /// <summary>The target itself, where one probe has many: told by the part that a record is of, without any of its bytes.</summary>
    public static EventKey Target { get; } = new("target", [], ByProcess: false);

    /// <summary>Bytes that the parts take in <see cref="WireKey.Bytes"/>, each from a multiple of 8.</summary>
    public int Size { get; } = Parts.Sum(part => Aligned(part.Size));

    /// <summary>Bytes of the base block.</summary>
    public static WireKeyPart OfBase(int offset, int size) => new() { Offset = checked((ushort)offset), Size = checked((ushort)size) };

    /// <summary>Bytes within what a fetch got, always as many.</summary>
    public static WireKeyPart OfFetch(int fetch, in WireFetch made, int offset, int size) =>
        new() { Offset = checked((ushort)(made.Out + offset)), Size = checked((ushort)size), Fetch = (byte)(fetch + 1) };

    /// <summary>Text, or an address with a length: as many bytes as the fetch got, cut to the room that a key has.</summary>
    public static WireKeyPart OfText(int fetch, in WireFetch made, int most = Wire.MaxKey) =>
        new() { Offset = made.Out, Size = (ushort)Math.Min(made.Size, most), Fetch = (byte)(fetch + 1), Varies = 1 };

    /// <summary>The kernel's half.</summary>
    public WireKeyPlan Plan()
    {
        var plan = new WireKeyPlan { Set = 1, ByProcess = ByProcess ? 1u : 0u };
        for (var i = 0; i < Parts.Count; i++)
        {
            plan.Parts[i] = Parts[i];
            plan.Fetches |= Parts[i].Fetch > 0 ? 1u << (Parts[i].Fetch - 1) : 0;
        }

        return plan;
    }

    /// <summary>The key of a whole record, made as the kernel makes it.</summary>
    public WireKey Of(ReadOnlySpan<byte> record)
    {
        var raw = new RawEvent(record, default);
        var key = new WireKey { Pid = ByProcess ? raw.Header.Pid : 0, Part = raw.Header.Part };
        var at = 0;
        foreach (var part in Parts)
        {
            int size = part.Size;
            int got = part.Fetch > 0 ? raw.Header.Fetched[part.Fetch - 1] : size;
            if (got < 0)
            {
                key.Fetched = got;
                size = 0;
            }
            else if (part.Varies != 0)
            {
                key.Fetched = size = Math.Min(got & ~Wire.PathCut, size);
            }

            raw.Data.Slice(part.Offset, size).CopyTo(((Span<byte>)key.Bytes)[at..]);
            at += Aligned(part.Size);
        }

        return key;
    }

    /// <summary>The field and its value, as an event of this key would have it.</summary>
    public string Text(in WireKey key, EventLayout layout)
    {
        var record = new byte[layout.RecordSize];
        ref var header = ref MemoryMarshal.AsRef<WireRecord>(record.AsSpan());
        ((Span<short>)header.Fetched).Fill(-1);
        var bytes = record.AsSpan(layout.RecordSize - layout.DataSize);
        var at = 0;
        var cut = false;

        // Of several parts `fetched` tells of the one that varies; the others are always there.
        var someVary = Parts.Any(static part => part.Varies != 0);
        foreach (var part in Parts)
        {
            ((ReadOnlySpan<byte>)key.Bytes).Slice(at, part.Size).CopyTo(bytes[part.Offset..]);
            if (part.Fetch > 0 && (key.Fetched >= 0 || (someVary && part.Varies == 0)))
            {
                var fetch = layout.Fetches[part.Fetch - 1];
                var isFull = part.Varies != 0 && key.Fetched == part.Size && part.Size < fetch.Size;

                // Of a path the outermost names are missing then, and its decoder says so.
                var isPath = fetch.Kind is FetchKind.Path or FetchKind.Dentry;
                header.Fetched[part.Fetch - 1] = (short)(part.Varies == 0 ? fetch.Size : isFull && isPath ? key.Fetched | Wire.PathCut : key.Fetched);
                cut |= isFull && !isPath && key.Bytes[at + part.Size - 1] != 0;
            }

            at += Aligned(part.Size);
        }

        var data = layout.Data(record);
        var field = layout.KeyOtherwise is { } other && data.ContainsKey(other) ? other : Field;
        return $"{field}={Spelled(data, field, unreadable: key.Fetched < 0 && Parts.All(part => !someVary || part.Varies != 0))}{(cut ? "…" : "")}";
    }

    private static string Spelled(JsonObject data, string field, bool unreadable) => data.TryGetPropertyValue(field, out var value) && value is not null
        ? value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString()
        : unreadable ? "(unreadable)" : "(none)";

    private static int Aligned(int size) => (size + 7) & ~7;
}
