using System.Globalization;
using System.Text;
using Sonde.Protocol;

namespace Sonde.Tracing.Statistics;

/// <summary>One to four sentences from the figures of a program; nothing in them is guessed.</summary>
internal static class SummaryWriter
{
    private const string Other = "other";

    /// <summary>The summary of a program that ran.</summary>
    /// <param name="what">What was attached.</param>
    /// <param name="seconds">Length of the window.</param>
    /// <param name="counts">Where every match went.</param>
    /// <param name="statistics">Its figures.</param>
    /// <param name="proof">Where nothing hit it: whether it would have been seen.</param>
    public static string Write(string what, double seconds, EventCounts counts, TraceStatistics statistics, ProbeProof proof = ProbeProof.None)
    {
        var window = $"{seconds.ToString("0.#", CultureInfo.InvariantCulture)} s";
        if (counts.Matched == 0)
        {
            return counts.Filtered > 0
                ? $"No match of {what} in {window}, though the probe works: it was hit {Times(counts.Filtered)} by others, whom the filter left out."
                : $"No event of {what} in {window}. {Proof(proof)}";
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{counts.Matched} {(counts.Matched == 1 ? "event" : "events")} of {what} in {window}");
        AppendProcesses(text, counts.Matched, statistics.ByProcess);
        AppendKeys(text, counts.Matched, statistics.ByKey);
        text.Append('.');
        text.Append(RateText.Of(statistics.PerSecond, seconds));
        AppendErrors(text, statistics);
        AppendLatency(text, statistics.LatencyUs);
        AppendLosses(text, counts);
        return text.ToString();
    }

    private static string Proof(ProbeProof proof) => proof switch
    {
        ProbeProof.Seen => "The probe works: a call that the agent made itself at the end was seen (no figure includes it).",
        ProbeProof.NotSeen => "That proves nothing: not even a call that the agent made itself at the end was seen.",
        _ => "It was attached, but nothing hit it, so nothing else proves that it would have been seen.",
    };

    private static void AppendProcesses(StringBuilder text, long matched, IReadOnlyList<ProcessCount> processes)
    {
        if (processes is [{ ProcessId: not 0 } only])
        {
            text.Append(CultureInfo.InvariantCulture, $", all by {only.ProcessName} (pid {only.ProcessId})");
        }
        else if (processes.Count > 1)
        {
            var top = processes.Where(process => process.ProcessId != 0).Take(3)
                .Select(process => $"{process.ProcessName} (pid {process.ProcessId}) {Share(process.Count, matched)}");
            text.Append(", by ").AppendJoin(", ", top);
        }
    }

    private static void AppendKeys(StringBuilder text, long matched, IReadOnlyList<KeyCount> keys)
    {
        var top = keys.Where(key => key.Key != Other).Take(3).Select(key => $"{Share(key.Count, matched)} with {key.Key}").ToList();
        if (top.Count > 0)
        {
            text.Append(": ").AppendJoin(", ", top);
        }
    }

    private static void AppendErrors(StringBuilder text, TraceStatistics statistics)
    {
        var failed = statistics.Errors.Values.Sum();
        if (failed > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" {failed} failed: ")
                .AppendJoin(", ", statistics.Errors.Take(4).Select(error => $"{error.Key} {error.Value}"))
                .Append('.');
        }
    }

    private static void AppendLatency(StringBuilder text, LatencyFigures? latency)
    {
        if (latency is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $" Latency of {latency.Count} returned: median {Time(latency.P50)}, p90 {Time(latency.P90)}, p99 {Time(latency.P99)}, longest {Time(latency.Max)}.");
        }
    }

    private static void AppendLosses(StringBuilder text, EventCounts counts)
    {
        if (counts.Lost > 0 || counts.Missed > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" {counts.Lost} single events were lost to a full buffer, {counts.Missed} hits were missed by the kernel.");
        }
    }

    private static string Share(long count, long all) => $"{count} ({(100.0 * count / all).ToString("0", CultureInfo.InvariantCulture)} %)";

    private static string Times(long count) => count == 1 ? "once" : $"{count} times";

    private static string Time(double microseconds) => microseconds switch
    {
        >= 1_000_000 => (microseconds / 1_000_000).ToString("0.##", CultureInfo.InvariantCulture) + " s",
        >= 1_000 => (microseconds / 1_000).ToString("0.##", CultureInfo.InvariantCulture) + " ms",
        _ => microseconds.ToString("0.#", CultureInfo.InvariantCulture) + " µs",
    };
}
