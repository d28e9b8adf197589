using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Statistics;

/// <summary>The figures of one program, from the kernel's counters and from the events that were delivered.</summary>
internal sealed class ProgramStatistics
{
    private const int MostProcesses = 10;
    private const int MostKeys = 10;

    // Keys come from outside: without a bound one hot target would fill the agent's memory.
    private const int MostDistinctKeys = 4096;

    private readonly ProbeCandidate candidate;
    private readonly IReadOnlyList<string> keyFields;
    private readonly Dictionary<string, long> keys = [];
    private long otherKeys;

    /// <param name="candidate">What was attached: a pattern's matches are told apart by target, others by their key.</param>
    public ProgramStatistics(ProbeCandidate candidate)
    {
        this.candidate = candidate;
        keyFields = candidate.Pattern is null ? candidate.Parts[0].Layout.KeyFields : [];
    }

    /// <summary>Whether <see cref="Add"/> makes a difference.</summary>
    public bool TakesEvents => keyFields.Count > 0;

    /// <summary>Counts one delivered event under its key.</summary>
    public void Add(TraceEvent traceEvent)
    {
        foreach (var field in keyFields)
        {
            if (!traceEvent.Data.TryGetPropertyValue(field, out var value) || value is null)
            {
                continue;
            }

            var key = $"{field}={value}";
            if (keys.TryGetValue(key, out var count) || keys.Count < MostDistinctKeys)
            {
                keys[key] = count + 1;
            }
            else
            {
                otherKeys++;
            }

            return;
        }
    }

    /// <summary>All figures, once the window is over.</summary>
    public TraceStatistics Complete(ProbeHarvest harvest) => new()
    {
        ByProcess = [.. Processes(harvest)],
        ByKey = [.. Keys(harvest)],
        LatencyUs = candidate.IsAnyPaired ? Latency(harvest.Counters) : null,
        Errors = harvest.Errors.OrderByDescending(error => error.Value).ToDictionary(error => Errno.Name(error.Key), error => error.Value),
        PerSecond = harvest.PerSecond,
    };

    private static IEnumerable<ProcessCount> Processes(ProbeHarvest harvest)
    {
        var ordered = harvest.ByProcess.OrderByDescending(process => process.Count).ToList();
        foreach (var (pid, name, count) in ordered.Take(MostProcesses))
        {
            yield return new ProcessCount(pid, name, count);
        }

        var rest = ordered.Skip(MostProcesses).Sum(process => process.Count) + (long)harvest.Counters.OtherProcesses;
        if (rest > 0)
        {
            yield return new ProcessCount(0, "other", rest);
        }
    }

    private IEnumerable<KeyCount> Keys(ProbeHarvest harvest)
    {
        var counted = candidate.Pattern is null
            ? keys
            : candidate.Parts.Zip(harvest.ByPart).Where(part => part.Second > 0).ToDictionary(part => $"target={part.First.Target}", part => part.Second);
        var ordered = counted.OrderByDescending(key => key.Value).ToList();
        foreach (var (key, count) in ordered.Take(MostKeys))
        {
            yield return new KeyCount(key, count);
        }

        var rest = ordered.Skip(MostKeys).Sum(key => key.Value) + otherKeys;
        if (rest > 0)
        {
            yield return new KeyCount("other", rest);
        }
    }

    private static LatencyFigures? Latency(in WireCounters counters)
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
            P50 = Percentile(counters, 0.50),
            P90 = Percentile(counters, 0.90),
            P99 = Percentile(counters, 0.99),
            Max = EventDecoder.Microseconds(counters.LatencyMaxNs),
        };
    }

    // The upper bound of the bucket that holds it, but never beyond the longest call seen.
    private static double Percentile(in WireCounters counters, double share)
    {
        var wanted = (ulong)Math.Ceiling(counters.LatencyCount * share);
        var passed = 0ul;
        for (var slot = 0; slot < Wire.LatencySlots; slot++)
        {
            passed += counters.Latency[slot];
            if (passed >= wanted)
            {
                var upper = slot == Wire.LatencySlots - 1 ? ulong.MaxValue : (2ul << slot) - 1;
                return EventDecoder.Microseconds(Math.Min(upper, counters.LatencyMaxNs));
            }
        }

        return EventDecoder.Microseconds(counters.LatencyMaxNs);
    }
}
