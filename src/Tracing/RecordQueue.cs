using System.Buffers.Binary;

namespace Sonde.Tracing;

/// <summary>
/// Records on their way from the ring's reader to one other thread: a bounded block of bytes, so that no record allocates and the reader never
/// waits. One thread adds, one takes.
/// </summary>
internal sealed class RecordQueue
{
    private const int HeadSize = 16;

    private readonly byte[] _bytes;
    private long _added;
    private long _taken;

    /// <param name="size">Bytes, heads included.</param>
    public RecordQueue(int size) => _bytes = new byte[size];

    /// <summary>Copies a record; false when there is no room for it.</summary>
    /// <param name="source">Travels with it, as does <paramref name="time"/>.</param>
    /// <param name="time">Any number.</param>
    /// <param name="record">The bytes.</param>
    public bool TryAdd(int source, long time, ReadOnlySpan<byte> record)
    {
        var position = _added;
        if (position + HeadSize + record.Length - Volatile.Read(ref _taken) > _bytes.Length)
        {
            return false;
        }

        Span<byte> head = stackalloc byte[HeadSize];
        BinaryPrimitives.WriteInt32LittleEndian(head, record.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], source);
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], time);
        Put(position, head);
        Put(position + HeadSize, record);
        Volatile.Write(ref _added, position + HeadSize + record.Length);
        return true;
    }

    /// <summary>Copies the oldest record out; false when there is none.</summary>
    /// <param name="buffer">Grown as needed; holds <paramref name="length"/> bytes of it.</param>
    /// <param name="length">The record's.</param>
    /// <param name="source">As added.</param>
    /// <param name="time">As added.</param>
    public bool TryTake(ref byte[] buffer, out int length, out int source, out long time)
    {
        (length, source, time) = (0, 0, 0);
        var position = _taken;
        if (position == Volatile.Read(ref _added))
        {
            return false;
        }

        Span<byte> head = stackalloc byte[HeadSize];
        Get(position, head);
        length = BinaryPrimitives.ReadInt32LittleEndian(head);
        source = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
        time = BinaryPrimitives.ReadInt64LittleEndian(head[8..]);
        if (buffer.Length < length)
        {
            buffer = new byte[length];
        }

        Get(position + HeadSize, buffer.AsSpan(0, length));
        Volatile.Write(ref _taken, position + HeadSize + length);
        return true;
    }

    private void Put(long position, ReadOnlySpan<byte> from)
    {
        var at = (int)(position % _bytes.Length);
        var first = Math.Min(from.Length, _bytes.Length - at);
        from[..first].CopyTo(_bytes.AsSpan(at));
        from[first..].CopyTo(_bytes);
    }

    private void Get(long position, Span<byte> to)
    {
        var at = (int)(position % _bytes.Length);
        var first = Math.Min(to.Length, _bytes.Length - at);
        _bytes.AsSpan(at, first).CopyTo(to);
        _bytes.AsSpan(0, to.Length - first).CopyTo(to[first..]);
    }
}
