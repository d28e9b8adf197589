using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>Reads part of an event into its <c>data</c>.</summary>
internal delegate void FieldDecoder(RawEvent raw, JsonObject data);

/// <summary>
/// What a probe fetches and how it reads: the fetch plan's half in the kernel and its decoders in user space, built side by side so
/// that they can't disagree. Data begins with the base block (the tracepoint's record, or a function's argument words); fetches follow.
/// </summary>
internal sealed class EventLayout
{
    private readonly List<WireFetch> _fetches = [];
    private readonly List<FieldDecoder> _decoders = [];
    private readonly List<string> _notes = [];
    private readonly Dictionary<string, WireKeyPart[]> _keySources = [];
    private int _dataSize;
    private int? _currentTask;
    private readonly HashSet<string> _claimed = [];

    /// <param name="eventType">The target's own name.</param>
    /// <param name="baseSize">Bytes of the base block.</param>
    public EventLayout(string eventType, int baseSize)
    {
        EventType = eventType;
        BaseSize = baseSize;
        _dataSize = Aligned(baseSize);
    }

    public string EventType { get; }

    /// <summary>Bytes that the kernel copies before any fetch.</summary>
    public int BaseSize { get; }

    /// <summary>For functions: which argument words the decoders and fetches use.</summary>
    public uint ArgumentMask { get; set; }

    /// <summary>For functions: argument words before the return value in a trampoline's context.</summary>
    public int ReturnIndex { get; set; }

    /// <summary>What completes the record.</summary>
    public PairKind Pairing { get; private set; }

    /// <summary>Whether anything completes the record.</summary>
    public bool Paired
    {
        get => Pairing != PairKind.None;
        init => Pairing = value ? PairKind.Call : PairKind.None;
    }

    /// <summary>The tracepoint that completes the record, where it isn't the call's own return.</summary>
    public Completion? CompletedBy { get; private set; }

    /// <summary>Where the time of the completion's mark is kept in data.</summary>
    public int MarkOffset { get; private set; }

    /// <summary>Where the completing tracepoint's record is kept in data.</summary>
    public int CompletionOffset { get; private set; }

    /// <summary>The contract's name for the time until completion; null where it says nothing.</summary>
    public string? DurationName { get; set; } = "latency_us";

    /// <summary>Width of the return value; 0 for none.</summary>
    public int ReturnBits { get; set; }

    /// <summary>Reads the return value of a call that returned without an error.</summary>
    public Func<long, JsonNode?>? ReturnDecoder { get; set; }

    /// <summary>Tracepoint fields that must have their values for the event to count.</summary>
    public IReadOnlyList<WireCondition> Conditions { get; set; } = [];

    /// <summary>Where the questions to name servers are, that the call may send.</summary>
    public WireDnsPlan Dns { get; private set; }

    /// <summary>Whether all system calls go through it: those that end their thread are complete as they begin.</summary>
    public bool IsAnyCall { get; init; }

    /// <summary>The protocol of the socket that a system call's first argument must be; 0 for any argument.</summary>
    public int SocketProtocol { get; set; }

    /// <summary>Fields of <c>data</c> that statistics may group by, best first; the first that has a source is the key.</summary>
    public IReadOnlyList<string> KeyFields { get; set; } = [];

    /// <summary>The field that the key's bytes decide instead, where an event has that and not the key's own.</summary>
    public string? KeyOtherwise { get; set; }

    /// <summary>Whether statistics by key are kept for each process apart.</summary>
    public bool KeyByProcess { get; set; }

    /// <summary>What statistics group by; null where no key field has a source.</summary>
    public EventKey? Key => KeyFields.FirstOrDefault(_keySources.ContainsKey) is { } name ? new EventKey(name, _keySources[name], KeyByProcess) : null;

    /// <summary>What could not be fetched, and why.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public IReadOnlyList<WireFetch> Fetches => _fetches;

    /// <summary>Bytes of data in a record.</summary>
    public int DataSize => _dataSize;

    /// <summary>Size of a whole record in bytes.</summary>
    public int RecordSize => Unsafe.SizeOf<WireRecord>() + _dataSize;

    /// <summary>Another tracepoint completes each record; its fields stand in data from <see cref="CompletionOffset"/> on.</summary>
    public void CompleteBy(Completion completion)
    {
        Pairing = PairKind.Fields;
        CompletedBy = completion;
        ReturnBits = completion.ErrorBehind.Size > 0 ? 64 : completion.Result?.Size * 8 ?? 0;
        CompletionOffset = Reserve(completion.Format.RecordSize);
        MarkOffset = completion.Mark is null ? 0 : Reserve(sizeof(ulong));
    }

    /// <summary>Keeps what the call sends to name servers, a <see cref="WireDns"/>; returns where that stands in data.</summary>
    public int KeepQuestions(WireDnsPlan plan)
    {
        plan.Out = checked((ushort)Reserve(Unsafe.SizeOf<WireDns>()));
        Dns = plan;
        return plan.Out;
    }

    /// <summary>Nothing completes the records any more: they are of the beginning alone.</summary>
    public void DropEnd()
    {
        Pairing = PairKind.None;
        CompletedBy = null;
        ReturnBits = 0;
        ReturnDecoder = null;
    }

    /// <summary>The word in data that holds the address of the current task: fetches start from there.</summary>
    public int CurrentTask()
    {
        _currentTask ??= _fetches[Fetch(FetchKind.Task, 0, sizeof(ulong))].Out;
        return _currentTask.Value;
    }

    /// <summary>The word in data that holds the address of the file behind a descriptor; 0 where there is none.</summary>
    /// <param name="descriptor">Where the descriptor stands in data.</param>
    public int FileOf(int descriptor) => _fetches[Fetch(FetchKind.File, descriptor, sizeof(ulong))].Out;

    /// <summary>Adds a decoder; they run in the order added.</summary>
    public void Decode(FieldDecoder decoder) => _decoders.Add(decoder);

    /// <summary>Names the bytes that decide a field, so that it can be a key.</summary>
    public void KeySource(string field, params WireKeyPart[] parts)
    {
        if (FitsKey(parts))
        {
            _keySources.TryAdd(field, parts);
        }
    }

    /// <summary>A field that is bytes of the base block.</summary>
    public void KeySource(string field, int offset, int size) => KeySource(field, EventKey.OfBase(offset, size));

    /// <summary>A field that is the text, or the address, that a fetch gets.</summary>
    public void KeySource(string field, int fetch) => KeySource(field, EventKey.OfText(fetch, _fetches[fetch]));

    /// <summary>A field that another fetch decides too, where that gets something: its bytes stand behind those named so far.</summary>
    public void KeySourceAlso(string field, int fetch) => KeySourceAlso(field, [EventKey.OfText(fetch, _fetches[fetch])]);

    /// <summary>A field that other bytes decide too, where those named so far are missing.</summary>
    /// <param name="field">The field.</param>
    /// <param name="parts">The other bytes.</param>
    /// <param name="most">So many bytes are enough of each that was named so far and whose length varies.</param>
    public void KeySourceAlso(string field, WireKeyPart[] parts, int most = Wire.MaxKey)
    {
        var known = _keySources.GetValueOrDefault(field) ?? [];
        WireKeyPart[] all = [.. known.Select(part => part.Varies == 0 ? part : part with { Size = (ushort)Math.Min(part.Size, most) }), .. parts];
        if (FitsKey(all))
        {
            _keySources[field] = all;
        }
    }

    public void Note(string note) => _notes.Add(note);

    /// <summary>Whether so many more fetches fit, the largest of this size.</summary>
    public bool HasRoom(int size, int fetches = 1) => _fetches.Count + fetches <= Wire.MaxFetches && _dataSize + (size + 7) * fetches <= Wire.MaxData;

    /// <summary>The contract's name for a field, once; what else would have it is told by its own.</summary>
    public string Claim(string name, string otherwise) => _claimed.Add(name) ? name : otherwise;

    /// <summary>Adds a fetch; returns its number.</summary>
    /// <param name="kind">How the memory is read.</param>
    /// <param name="source">Offset in data of the pointer to start from.</param>
    /// <param name="size">Most bytes to read.</param>
    /// <param name="offsets">What to add before each pointer read, then the last offset.</param>
    /// <param name="flags">Where from and when.</param>
    /// <param name="lengthSource">Offset in data of the length, where there is one.</param>
    public int Fetch(FetchKind kind, int source, int size, ReadOnlySpan<int> offsets = default, FetchFlags flags = FetchFlags.None, int lengthSource = Wire.NoOffset)
    {
        if (!HasRoom(size))
        {
            throw new InvalidOperationException($"the layout of {EventType} has no room for another fetch of {size} bytes");
        }

        var fetch = new WireFetch
        {
            Kind = kind,
            Flags = flags,
            Source = checked((ushort)source),
            Out = checked((ushort)_dataSize),
            Size = checked((ushort)size),
            LengthSource = checked((ushort)lengthSource),
            Derefs = (byte)Math.Max(0, offsets.Length - 1),
        };
        for (var i = 0; i < offsets.Length; i++)
        {
            fetch.Offsets[i] = checked((ushort)offsets[i]);
        }

        _fetches.Add(fetch);
        _dataSize += Aligned(size);
        return _fetches.Count - 1;
    }

    /// <summary>The fetches of a mask, and those that they start from.</summary>
    public uint WithSources(uint mask)
    {
        // What a fetch starts from was fetched before it.
        for (var i = _fetches.Count - 1; i >= 0; i--)
        {
            if ((mask & (1u << i)) != 0)
            {
                mask |= Holding(_fetches[i].Source) | Holding(_fetches[i].LengthSource);
            }
        }

        return mask;
    }

    // The fetch, as a mask, that reads what stands at an offset in data; none for the base block.
    private uint Holding(int offset)
    {
        var number = _fetches.FindIndex(one => offset >= one.Out && offset < one.Out + one.Size);
        return number >= 0 ? 1u << number : 0;
    }

    private static bool FitsKey(WireKeyPart[] parts) => parts.Length <= Wire.KeyParts && parts.Sum(part => Aligned(part.Size)) <= Wire.MaxKey;

    private int Reserve(int size)
    {
        var at = _dataSize;
        _dataSize += Aligned(size);
        return at;
    }

    /// <summary>All decoders over one event.</summary>
    public JsonObject Data(ReadOnlySpan<byte> record)
    {
        var raw = new RawEvent(record, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_fetches));
        var data = new JsonObject();
        foreach (var decoder in _decoders)
        {
            decoder(raw, data);
        }

        return data;
    }

    private static int Aligned(int size) => (size + 7) & ~7;
}
