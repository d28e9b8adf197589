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
internal sealed unsafe class RingReader : IDisposable
{
    private const int HeaderSize = 8;
    private const uint BusyBit = 1u << 31;
    private const uint DiscardBit = 1u << 30;

    // The producer sees room again only after the position is stored: often enough to lose nothing, seldom enough to cost nothing.
    private const ulong BatchBytes = 256 * 1024;

    private readonly MappedMemory consumer;
    private readonly MappedMemory producer;
    private readonly byte* data;
    private readonly ulong mask;

    private RingReader(MappedMemory consumer, MappedMemory producer, ulong size)
    {
        this.consumer = consumer;
        this.producer = producer;
        data = producer.Pointer + Environment.SystemPageSize;
        mask = size - 1;
    }

    /// <summary>Maps the ring of a BPF_MAP_TYPE_RINGBUF map.</summary>
    /// <param name="mapFd">The map; not owned, and not needed once this returns.</param>
    /// <param name="size">Its size in bytes: a power of two and a multiple of the page size.</param>
    /// <param name="errno">Why it could not be mapped.</param>
    public static RingReader? TryMap(int mapFd, uint size, out int errno)
    {
        var page = Environment.SystemPageSize;
        if (size < page || (size & (size - 1)) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "a ring's size is a power of two, at least a page");
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

        return new RingReader(consumer, producer, size);
    }

    /// <summary>Hands on every complete record; returns how many. Stops at one that its producer still writes.</summary>
    public int Drain<T>(ref T handler) where T : IRecordHandler, allows ref struct
    {
        ref var consumerPosition = ref Unsafe.AsRef<ulong>(consumer.Pointer);
        ref var producerPosition = ref Unsafe.AsRef<ulong>(producer.Pointer);
        var position = consumerPosition;
        var stored = position;
        var count = 0;

        while (true)
        {
            var end = Volatile.Read(ref producerPosition);
            if (position >= end)
            {
                break;
            }

            while (position < end)
            {
                var header = data + (position & mask);
                var word = Volatile.Read(ref Unsafe.AsRef<uint>(header));
                if ((word & BusyBit) != 0)
                {
                    Volatile.Write(ref consumerPosition, position);
                    return count;
                }

                var length = word & ~(BusyBit | DiscardBit);
                if ((word & DiscardBit) == 0)
                {
                    handler.OnRecord(new ReadOnlySpan<byte>(header + HeaderSize, (int)length));
                    count++;
                }

                position += (length + HeaderSize + 7) & ~7ul;
                if (position - stored >= BatchBytes)
                {
                    Volatile.Write(ref consumerPosition, position);
                    stored = position;
                }
            }

            Volatile.Write(ref consumerPosition, position);
            stored = position;
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        producer.Dispose();
        consumer.Dispose();
    }
}
