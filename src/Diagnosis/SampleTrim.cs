using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>Makes a sample smaller and keeps it representative.</summary>
internal static class SampleTrim
{
    /// <summary>
    /// At most <paramref name="most"/> events in time order: the first, the last, the first of every distinct error and outcome, the slowest, the rest spread evenly.
    /// </summary>
    public static IReadOnlyList<TraceEvent> Apply(IReadOnlyList<TraceEvent> events, int most)
    {
        if (events.Count <= most)
        {
            return events;
        }

        var kept = new SortedSet<int>();
        foreach (var index in ByWorth(events))
        {
            if (kept.Count == most)
            {
                break;
            }

            kept.Add(index);
        }

        return [.. kept.Select(i => events[i])];
    }

    private static IEnumerable<int> ByWorth(IReadOnlyList<TraceEvent> events)
    {
        yield return 0;
        yield return events.Count - 1;

        var seen = new HashSet<string>();
        for (var i = 0; i < events.Count; i++)
        {
            if ((Text(events[i], "error") ?? Text(events[i], "outcome")) is { } ending && seen.Add(ending))
            {
                yield return i;
            }
        }

        yield return Enumerable.Range(0, events.Count).MaxBy(i => Latency(events[i]));

        // Halving steps: however few are still wanted, they lie spread over the window.
        for (var step = events.Count; step >= 1; step /= 2)
        {
            for (var i = step / 2; i < events.Count; i += step)
            {
                yield return i;
            }
        }

        for (var i = 0; i < events.Count; i++)
        {
            yield return i;
        }
    }

    private static string? Text(TraceEvent e, string field) => e.Data.TryGetPropertyValue(field, out var value) ? value?.ToString() : null;

    private static double Latency(TraceEvent e) =>
        double.TryParse(Text(e, "latency_us"), System.Globalization.CultureInfo.InvariantCulture, out var latency) ? latency : -1;
}
