using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Sonde.Rings;

namespace Sonde.Tests.Rings;

/// <summary>
/// A ring in plain memory and a producer that does what kernel/bpf/ringbuf.c does: reserve (busy), then submit or discard, in any order. The
/// second mapping of the pages is a second copy that every write goes to as well.
/// </summary>
internal sealed unsafe class SimulatedRing : IDisposable
{
    private readonly ulong* _positions = (ulong*)NativeMemory.AllocZeroed(2, sizeof(ulong));
    private readonly byte* _data;
    private readonly uint _size;

    public SimulatedRing(uint size, ulong start)
    {
        _size = size;
        Bytes = new byte[size];
        _data = (byte*)NativeMemory.AllocZeroed(2 * size);
        _positions[0] = _positions[1] = start;
        Reader = new RingReader(_positions, _positions + 1, _data, size);
        Plain = new PlainRing(Bytes, Math.Min(256 * 1024, size / 4)) { Consumer = start, Producer = start };
    }

    public RingReader Reader { get; }

    public PlainRing Plain { get; }

    private byte[] Bytes { get; }

    public ulong Consumer => _positions[0];

    /// <summary>Room for a record; false when the ring is full, as the kernel decides it.</summary>
    public bool TryReserve(int length, out ulong position)
    {
        position = _positions[1];
        var next = position + (((ulong)length + RingReader.HeaderSize + 7) & ~7ul);
        if (next - _positions[0] > _size - 1)
        {
            return false;
        }

        WriteWord(position, (uint)length | RingReader.BusyBit);
        _positions[1] = Plain.Producer = next;
        return true;
    }

    public void Submit(ulong position, ReadOnlySpan<byte> record)
    {
        for (var i = 0; i < record.Length; i++)
        {
            Write(position + RingReader.HeaderSize + (ulong)i, record[i]);
        }

        WriteWord(position, (uint)record.Length);
    }

    public void Discard(ulong position, int length) => WriteWord(position, (uint)length | RingReader.DiscardBit);

    public void Dispose()
    {
        Reader.Dispose();
        NativeMemory.Free(_data);
        NativeMemory.Free(_positions);
    }

    private void WriteWord(ulong position, uint word)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        for (var i = 0; i < bytes.Length; i++)
        {
            Write(position + (ulong)i, bytes[i]);
        }
    }

    private void Write(ulong position, byte value)
    {
        var at = position & (_size - 1);
        _data[at] = _data[at + _size] = value;
        Bytes[at] = value;
    }
}
