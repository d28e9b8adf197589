using System.Runtime.InteropServices;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Statistics;

/// <summary>
/// Keeps a bounded, representative part of the events that arrive: the first, the last, the first of every distinct error, the
/// slowest, and the rest thinned evenly over the window.
/// </summary>
internal sealed class EventSample
{
    private const int Capacity = 2048;
    private const int Slowest = 5;

    private readonly List<byte[]> _spread = [];
    private readonly Dictionary<long, byte[]> _errors = [];
    private readonly PriorityQueue<byte[], ulong> _slowest = new();
    private byte[]? _first;
    private byte[]? _last;
    private long _seen;
    private long _stride = 1;

    /// <summary>Takes note of one event; the span is copied where it is kept.</summary>
    public void Add(ReadOnlySpan<byte> record)
    {
        ref readonly var header = ref MemoryMarshal.AsRef<WireRecord>(record);
        byte[]? copy = null;
        if (_seen % _stride == 0)
        {
            _spread.Add(copy = record.ToArray());
            if (_spread.Count >= Capacity)
            {
                Thin();
            }
        }

        _seen++;
        _first ??= copy ?? record.ToArray();
        _last = Into(_last, record);
        if (header.Ret is < 0 and >= -4095 && !_errors.ContainsKey(header.Ret))
        {
            _errors[header.Ret] = copy ??= record.ToArray();
        }

        if (header.DurationNs > 0 && (_slowest.Count < Slowest || Shortest() < header.DurationNs))
        {
            if (_slowest.Count == Slowest)
            {
                _slowest.Dequeue();
            }

            _slowest.Enqueue(copy ?? record.ToArray(), header.DurationNs);
        }
    }

    /// <summary>At most <paramref name="count"/> of the events, in time order.</summary>
    public IReadOnlyList<byte[]> Choose(int count)
    {
        var chosen = new HashSet<byte[]>(new SameEvent());
        foreach (var special in Specials())
        {
            if (chosen.Count < count)
            {
                chosen.Add(special);
            }
        }

        // What is left of the room goes evenly over the window.
        var room = count - chosen.Count;
        var others = _spread.Where(record => !chosen.Contains(record)).ToList();
        for (var i = 0; i < room && others.Count > 0 && i < others.Count; i++)
        {
            chosen.Add(others[room >= others.Count ? i : (int)((long)i * others.Count / room)]);
        }

        return [.. chosen.OrderBy(record => Header(record).TimeNs)];
    }

    private static ref readonly WireRecord Header(byte[] record) => ref MemoryMarshal.AsRef<WireRecord>(record);

    private IEnumerable<byte[]> Specials()
    {
        if (_first is null)
        {
            yield break;
        }

        yield return _first;
        yield return _last!;
        foreach (var (_, record) in _errors)
        {
            yield return record;
        }

        foreach (var (record, _) in _slowest.UnorderedItems.OrderByDescending(item => item.Priority))
        {
            yield return record;
        }
    }

    private ulong Shortest() => _slowest.TryPeek(out _, out var duration) ? duration : 0;

    private static byte[] Into(byte[]? buffer, ReadOnlySpan<byte> record)
    {
        if (buffer?.Length != record.Length)
        {
            return record.ToArray();
        }

        record.CopyTo(buffer);
        return buffer;
    }

    private void Thin()
    {
        for (var i = 0; i < _spread.Count / 2; i++)
        {
            _spread[i] = _spread[i * 2];
        }

        _spread.RemoveRange(_spread.Count / 2, _spread.Count - _spread.Count / 2);
        _stride *= 2;
    }

    /// <summary>The same event may be kept twice, as the first and as the slowest: copies are one.</summary>
    private sealed class SameEvent : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] record) => Header(record).TimeNs.GetHashCode();
    }
}
