using System.Globalization;
using Sonde.Protocol;
using Sonde.Tracing;

namespace Sonde.Cli;

/// <summary>What a running trace shows on a terminal, as lines that fit it: figures first, then the latest events in what room is left.</summary>
internal sealed class LiveView(string attached, double seconds)
{
    private const int MostRecent = 64;
    private const int MostEntries = 5;
    private const int MostErrors = 3;
    private const int MostBuckets = 8;
    private const int LeastRecent = 3;
    private const int LabelWidth = 10;
    private const string Bars = "▁▂▃▄▅▆▇█";

    private readonly Queue<string> _recent = [];
    private readonly List<(TimeSpan At, long Matched)> _course = [];
    private TraceProgress? _latest;

    /// <summary>The line of one event.</summary>
    public void Add(string line)
    {
        if (_recent.Count == MostRecent)
        {
            _recent.Dequeue();
        }

        _recent.Enqueue(line);
    }

    /// <summary>The figures so far.</summary>
    public void Show(TraceProgress progress)
    {
        _course.Add((progress.Elapsed, progress.Counts.Matched));
        _latest = progress;
    }

    /// <summary>At most <paramref name="height"/> lines of at most <paramref name="width"/> characters, without line ends.</summary>
    public IReadOnlyList<string> Lines(int width, int height)
    {
        var lines = new List<string>();
        Head(lines);
        if (_latest is { Statistics: var figures })
        {
            Section(lines, "Processes", figures.ByProcess.Take(MostEntries).Select(static one => (Name: $"{one.ProcessName} ({one.ProcessId})", one.Count)), _latest.Counts.Matched);
            Section(lines, "Keys", figures.ByKey.Take(MostEntries).Select(static one => (Name: one.Key, one.Count)), _latest.Counts.Matched);
            Section(lines, "Errors", figures.Errors.OrderByDescending(static one => one.Value).Take(MostErrors).Select(static one => (Name: one.Key, Count: one.Value)), _latest.Counts.Matched);
            Latency(lines, _latest, width);
        }

        // What matters most stands first: a low terminal loses the rest, but for a few events.
        var room = Math.Max(1, height - Math.Min(_recent.Count, LeastRecent));
        if (lines.Count > room)
        {
            lines.RemoveRange(room, lines.Count - room);
        }

        lines.AddRange(_recent.TakeLast(Math.Max(0, height - lines.Count)));
        return [.. lines.Select(line => Clip(line, width))];
    }

    private void Head(List<string> lines)
    {
        if (_latest is not { Counts: var counts, Elapsed: var elapsed } latest)
        {
            lines.Add($"{attached}  waiting for the first figures");
            return;
        }

        lines.Add(string.Create(CultureInfo.InvariantCulture, $"{attached}  {elapsed.TotalSeconds:0} of {seconds:0} s"));
        lines.Add(string.Create(CultureInfo.InvariantCulture,
            $"{"Rate",-LabelWidth} {Rate(),10:n0}/s  {Spark(latest.Statistics.PerSecond)}"));
        lines.Add(string.Create(CultureInfo.InvariantCulture,
            $"{"Matched",-LabelWidth} {counts.Matched,10:n0}  ({counts.Filtered:n0} filtered out, {counts.SampledOut:n0} counted only, {counts.Lost:n0} lost)"));
    }

    // Over the last two looks: a total says little about now.
    private double Rate()
    {
        var (at, matched) = _course[^1];
        var (earlier, before) = _course.Count > 1 ? _course[^2] : (TimeSpan.Zero, 0);
        return at > earlier ? (matched - before) / (at - earlier).TotalSeconds : 0;
    }

    private static string Spark(IReadOnlyList<long> perSecond)
    {
        var shown = perSecond.TakeLast(30).ToList();
        var most = Math.Max(1, shown.DefaultIfEmpty().Max());
        return string.Concat(shown.Select(count => count == 0 ? ' ' : Bars[(int)(count * (Bars.Length - 1) / most)]));
    }

    private static void Section(List<string> lines, string title, IEnumerable<(string Name, long Count)> entries, long all)
    {
        var label = title;
        foreach (var (name, count) in entries)
        {
            var share = all > 0 ? 100.0 * count / all : 0;
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{label,-LabelWidth} {count,10:n0} {share,3:0} %  {PrintableText.Line(name)}"));
            label = "";
        }
    }

    private static void Latency(List<string> lines, TraceProgress progress, int width)
    {
        if (progress.Statistics.LatencyUs is not { Count: > 0 } latency)
        {
            return;
        }

        lines.Add(string.Create(CultureInfo.InvariantCulture,
            $"{"Latency",-LabelWidth} p50 {latency.P50:0.#}, p90 {latency.P90:0.#}, p99 {latency.P99:0.#}, max {latency.Max:0.#} µs"));
        var buckets = Busiest(progress.Statistics.LatencyHistogram ?? []);
        var most = Math.Max(1, buckets.Select(static bucket => bucket.Count).DefaultIfEmpty().Max());
        var room = Math.Max(1, width - LabelWidth - 30);
        foreach (var bucket in buckets)
        {
            var bar = new string('█', (int)Math.Max(1, bucket.Count * Math.Min(room, 40) / most));
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{"",-LabelWidth} {bucket.Count,10:n0}  ≤ {bucket.LeUs,9:0.#} µs {bar}"));
        }
    }

    // Neighbours stay neighbours: the run of buckets that holds most.
    private static IReadOnlyList<LatencyBucket> Busiest(IReadOnlyList<LatencyBucket> buckets) => buckets.Count <= MostBuckets ? buckets
        : [.. Enumerable.Range(0, buckets.Count - MostBuckets + 1).Select(start => buckets.Skip(start).Take(MostBuckets)).MaxBy(static run => run.Sum(static bucket => bucket.Count))!];

    private static string Clip(string line, int width) => line.Length <= width ? line : width <= 1 ? line[..width] : string.Concat(line.AsSpan(0, char.IsHighSurrogate(line[width - 2]) ? width - 2 : width - 1), "…");
}
