using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>One event as it left the kernel: a header, then the plan's data.</summary>
internal readonly ref struct RawEvent
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ReadOnlySpan<WireFetch> _fetches;

    /// <param name="bytes">A whole record.</param>
    /// <param name="fetches">The fetches of the plan that made it.</param>
    public RawEvent(ReadOnlySpan<byte> bytes, ReadOnlySpan<WireFetch> fetches)
    {
        _bytes = bytes;
        _fetches = fetches;
    }

    public ref readonly WireRecord Header => ref MemoryMarshal.AsRef<WireRecord>(_bytes);

    public ReadOnlySpan<byte> Data => _bytes[Unsafe.SizeOf<WireRecord>()..];

    public bool Returned => (Header.Flags & RecordFlags.Returned) != 0;

    /// <summary>The name of the thread at the time.</summary>
    public string Comm => Text.FromKernel(Header.Comm);

    /// <summary>An integer of the base block, extended by its sign.</summary>
    public long Integer(int offset, int size, bool signed) => (size, signed) switch
    {
        (1, true) => (sbyte)Data[offset],
        (1, false) => Data[offset],
        (2, true) => BinaryPrimitives.ReadInt16LittleEndian(Data[offset..]),
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(Data[offset..]),
        (4, true) => BinaryPrimitives.ReadInt32LittleEndian(Data[offset..]),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(Data[offset..]),
        _ => BinaryPrimitives.ReadInt64LittleEndian(Data[offset..]),
    };

    /// <summary>A 64-bit word of the base block.</summary>
    public ulong Word(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(Data[offset..]);

    /// <summary>What a fetch got. False when it read nothing: a pointer that faulted.</summary>
    public bool TryFetched(int index, out ReadOnlySpan<byte> got)
    {
        int length = Header.Fetched[index];
        if (length < 0)
        {
            got = default;
            return false;
        }

        got = Data.Slice(_fetches[index].Out, Math.Min(length, _fetches[index].Size));
        return true;
    }

    /// <summary>What a fetch reported, which for an argument list is a number of strings.</summary>
    public int FetchedCount(int index) => Header.Fetched[index];

    /// <summary>All the room of a fetch.</summary>
    public ReadOnlySpan<byte> Room(int index, int size) => Data.Slice(_fetches[index].Out, size);
}
