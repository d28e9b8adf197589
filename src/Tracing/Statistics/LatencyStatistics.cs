using Sonde.Protocol;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Statistics;

/// <summary>Latency of the calls that returned, from the kernel's log2 histogram.</summary>
internal static class LatencyStatistics
{
    /// <summary>The figures; null when no call returned.</summary>
    public static LatencyFigures? Figures(in WireCounters counters)
    {
        if (counters.LatencyCount == 0)
        {
            return null;
        }

        return new LatencyFigures
        {
            Count = (long)counters.LatencyCount,
            Min = EventDecoder.Microseconds(counters.LatencyMinNsPlusOne - 1),
            Mean = EventDecoder.Microseconds(counters.LatencySumNs / counters.LatencyCount),
            P50 = EventDecoder.Microseconds(PercentileNs(counters, 0.50)),
            P90 = EventDecoder.Microseconds(PercentileNs(counters, 0.90)),
            P99 = EventDecoder.Microseconds(PercentileNs(counters, 0.99)),
            Max = EventDecoder.Microseconds(counters.LatencyMaxNs),
        };
    }

    /// <summary>The buckets between the first and the last that hold a call.</summary>
    public static IReadOnlyList<LatencyBucket> Histogram(in WireCounters counters)
    {
        var buckets = new List<LatencyBucket>();
        var empty = 0;
        for (var slot = 0; slot < Wire.LatencySlots; slot++)
        {
            var count = (long)counters.Latency[slot];
            if (count > 0)
            {
                buckets.Add(new LatencyBucket(EventDecoder.Microseconds(UpperNs(slot)), count));
                empty = 0;
            }
            else if (buckets.Count > 0)
            {
                buckets.Add(new LatencyBucket(EventDecoder.Microseconds(UpperNs(slot)), 0));
                empty++;
            }
        }

        return buckets[..^empty];
    }

    /// <summary>The upper bound of the bucket that holds the percentile, but never beyond the longest call seen; 0 when no call returned.</summary>
    public static ulong PercentileNs(in WireCounters counters, double share)
    {
        var wanted = (ulong)Math.Ceiling(counters.LatencyCount * share);
        var passed = 0ul;
        for (var slot = 0; slot < Wire.LatencySlots; slot++)
        {
            passed += counters.Latency[slot];
            if (passed >= wanted)
            {
                return Math.Min(UpperNs(slot), counters.LatencyMaxNs);
            }
        }

        return counters.LatencyMaxNs;
    }

    private static ulong UpperNs(int slot) => slot == Wire.LatencySlots - 1 ? ulong.MaxValue : (2ul << slot) - 1;
}
