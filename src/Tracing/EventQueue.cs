using System.Diagnostics.CodeAnalysis;
using Sonde.Protocol;
using Sonde.Tracing.Decoding;

namespace Sonde.Tracing;

/// <summary>
/// A sink that keeps records as they are until another thread takes and decodes them: the ring's reader pays for a copy. What finds no room is
/// counted, never waited for.
/// </summary>
internal sealed class EventQueue : ITraceSink
{
    private const int Size = 8 << 20;

    private readonly RecordQueue _records = new(Size);

    // Grown by the ring's reader alone, one program a time, and replaced as a whole: the other thread sees every source that a record names.
    private (string Key, EventDecoder Decoder)[] _sources = [];
    private byte[] _buffer = [];
    private long _refused;
    private volatile bool _completed;

    /// <summary>Events that found no room.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <inheritdoc/>
    public void OnRecord(string key, EventDecoder decoder, ReadOnlySpan<byte> record, long windowEndNs)
    {
        var source = Array.FindIndex(_sources, one => one.Key == key);
        if (source < 0)
        {
            source = _sources.Length;
            Volatile.Write(ref _sources, [.. _sources, (key, decoder)]);
        }

        if (!_records.TryAdd(source, windowEndNs, record))
        {
            Interlocked.Increment(ref _refused);
        }
    }

    /// <summary>No more will come: what is in the queue is all.</summary>
    public void Complete() => _completed = true;

    /// <summary>The oldest event, decoded; false when none is there at the moment.</summary>
    public bool TryTake([NotNullWhen(true)] out string? key, [NotNullWhen(true)] out TraceEvent? traceEvent)
    {
        if (!_records.TryTake(ref _buffer, out var length, out var source, out var windowEndNs))
        {
            (key, traceEvent) = (null, null);
            return false;
        }

        (key, var decoder) = Volatile.Read(ref _sources)[source];
        traceEvent = decoder.Decode(_buffer.AsSpan(0, length), windowEndNs);
        return true;
    }

    /// <summary>Takes events until the queue is complete and empty.</summary>
    /// <param name="take">Each event.</param>
    /// <param name="pause">The queue is empty for now: time to flush.</param>
    public void Follow(Action<string, TraceEvent> take, Action pause)
    {
        while (true)
        {
            var last = _completed;
            while (TryTake(out var key, out var traceEvent))
            {
                take(key, traceEvent);
            }

            pause();
            if (last)
            {
                return;
            }

            Thread.Sleep(Pause);
        }
    }

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
}
