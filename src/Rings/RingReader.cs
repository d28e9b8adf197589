using System.Diagnostics;
using System.Runtime.CompilerServices;
using Sonde.Interop;

namespace Sonde.Rings;

/// <summary>Receives one record; the span is valid only during the call.</summary>
internal interface IRecordHandler
{
    void OnRecord(ReadOnlySpan<byte> record);
}

/// <summary>
/// Reads a BPF ring buffer straight from its mapped pages (kernel/bpf/ringbuf.c). The data pages are mapped twice in a row, so that a
/// record which wraps is still one span. One thread reads; the kernel writes.
/// </summary>
/// <remarks>A twin without pointers, in the tests, takes the same steps over an array; the two are compared on made-up rings.</remarks>
internal sealed unsafe class RingReader : IDisposable
{
    internal const int HeaderSize = 8;
    internal const uint BusyBit = 1u << 31;
    internal const uint DiscardBit = 1u << 30;

    // The producer sees room again only after the position is stored: often enough to lose nothing, seldom enough to cost nothing.
    private const ulong MostBatchBytes = 256 * 1024;

    private readonly ulong* _consumer;
    private readonly ulong* _producer;
    private readonly byte* _data;
    private readonly ulong _mask;
    private readonly ulong _batch;
    private readonly MappedMemory[] _mapped;

    /// <summary>Over memory that outlives the reader.</summary>
    /// <param name="consumer">The reader's position.</param>
    /// <param name="producer">The writer's.</param>
    /// <param name="data">The ring's bytes, twice in a row.</param>
    /// <param name="size">A power of two.</param>
    /// <param name="mapped">Disposed with the reader.</param>
    internal RingReader(ulong* consumer, ulong* producer, byte* data, uint size, params MappedMemory[] mapped)
    {
        if (size < HeaderSize || (size & (size - 1)) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "a ring's size is a power of two");
        }

        _consumer = consumer;
        _producer = producer;
        _data = data;
        _mask = size - 1;

        // A small ring that is emptied by one batch would be given back only when it is full.
        _batch = Math.Min(MostBatchBytes, size / 4);
        _mapped = mapped;
    }

    /// <summary>Maps the ring of a BPF_MAP_TYPE_RINGBUF map.</summary>
    /// <param name="mapFd">The map; not owned, and not needed once this returns.</param>
    /// <param name="size">Its size in bytes: a power of two and a multiple of the page size.</param>
    /// <param name="errno">Why it could not be mapped.</param>
    public static RingReader? TryMap(int mapFd, uint size, out int errno)
    {
        var page = Environment.SystemPageSize;
        if (size < page)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "a ring is at least a page");
        }

        var consumer = MappedMemory.Map(mapFd, 0, (nuint)page, writable: true, out errno);
        if (consumer is null)
        {
            return null;
        }

        var producer = MappedMemory.Map(mapFd, page, (nuint)(page + 2L * size), writable: false, out errno);
        if (producer is null)
        {
            consumer.Dispose();
            return null;
        }

        return new RingReader((ulong*)consumer.Pointer, (ulong*)producer.Pointer, producer.Pointer + page, size, producer, consumer);
    }

    /// <summary>Hands on every complete record; returns how many. Stops at one that its producer still writes.</summary>
    public int Drain<T>(ref T handler) where T : IRecordHandler, allows ref struct
    {
        // Locals: what the handler does must not make the reader look its own fields up again.
        var (consumer, producer, data, mask, batch) = ((nint)_consumer, (nint)_producer, (nint)_data, _mask, _batch);
        var position = *(ulong*)consumer;
        var stored = position;
        var count = 0;

        while (true)
        {
            // Acquired: the lengths of the records before it are written.
            var end = Volatile.Read(ref *(ulong*)producer);
            if (position == end)
            {
                break;
            }

            while (position != end)
            {
                // Acquired: the record is written once its busy bit is off.
                var header = (byte*)data + (position & mask);
                var word = Volatile.Read(ref *(uint*)header);
                if ((word & BusyBit) != 0)
                {
                    Release(consumer, position);
                    return count;
                }

                var length = word & ~DiscardBit;
                Debug.Assert(position + HeaderSize + length <= end, "a record reaches beyond what was produced");
                if (length == word)
                {
                    handler.OnRecord(new ReadOnlySpan<byte>(header + HeaderSize, (int)length));
                    count++;
                }

                position += (length + HeaderSize + 7ul) & ~7ul;
                if (position - stored >= batch)
                {
                    Release(consumer, position);
                    stored = position;
                }
            }

            Release(consumer, position);
            stored = position;
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var memory in _mapped)
        {
            memory.Dispose();
        }
    }

    // Released: what was read of the records is read before their room is given back.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Release(nint consumer, ulong position) => Volatile.Write(ref *(ulong*)consumer, position);
}
