using System.Globalization;
using System.Text;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary>A program's result for a person: the summary, then the figures it rests on.</summary>
internal static class ResultText
{
    private const int MostEntries = 10;

    public static string Write(ProgramResult result)
    {
        var text = new StringBuilder();
        var counts = result.Counts;
        text.AppendLine().AppendLine(PrintableText.Lines(result.Summary)).AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Matched     {counts.Matched} = {counts.Delivered} delivered + {counts.SampledOut} sampled out + {counts.Lost} lost");
        text.AppendLine(CultureInfo.InvariantCulture, $"Not matched {counts.Filtered} filtered, {counts.Missed} missed by the kernel");
        if (result.Statistics is { } statistics)
        {
            Append(text, "Processes", statistics.ByProcess.Select(static one => ($"{one.ProcessName} ({one.ProcessId})", one.Count)));
            Append(text, "Keys", statistics.ByKey.Select(static one => (one.Key, one.Count)));
            Append(text, "Errors", statistics.Errors.OrderByDescending(static one => one.Value).Select(static one => (one.Key, one.Value)));
            if (statistics.LatencyUs is { } latency)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"Latency     {latency.Count} calls, µs: min {latency.Min:0.#}, mean {latency.Mean:0.#}, p50 {latency.P50:0.#}, p90 {latency.P90:0.#}, p99 {latency.P99:0.#}, max {latency.Max:0.#}");
            }
        }

        Append(text, "Stacks", (result.Stacks ?? []).Select(static one => (one.Frames(), one.Count)));
        foreach (var note in result.Notes)
        {
            text.AppendLine($"Note        {PrintableText.Line(note)}");
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string title, IEnumerable<(string Name, long Count)> entries)
    {
        var all = entries.ToList();
        var heading = title;
        foreach (var (name, count) in all.Take(MostEntries))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{heading,-11} {count,8}  {PrintableText.Line(name)}");
            heading = "";
        }

        if (all.Count > MostEntries)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{"",-11} {all.Skip(MostEntries).Sum(static entry => entry.Count),8}  {all.Count - MostEntries} more");
        }
    }
}
