using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>One parent that makes processes or threads without end.</summary>
internal sealed class ForkStorm : IDetector
{
    private const double ManyPerSecond = 40;
    private const double StormPerSecond = 100;

    public Examination Examine(CaseFile file)
    {
        if (file.Ran("sched_process_fork").FirstOrDefault() is not { } forks)
        {
            return Examination.Nothing;
        }

        var seconds = Math.Max(1, (forks.Result.EndTime - forks.Result.StartTime).TotalSeconds);
        var rate = forks.Result.EventCount / seconds;
        var parents = forks.Busiest.GroupBy(p => p.ProcessName).Select(g => (Name: g.Key, Pids: g.Select(p => p.ProcessId).ToList(), Count: g.Sum(p => p.Count))).OrderByDescending(p => p.Count).ToList();
        if (parents.Count == 0 || parents[0].Count / seconds < ManyPerSecond)
        {
            return new Examination([], $"a fork storm: {rate:0.#} processes and threads a second were made on the whole host ({forks.Key})");
        }

        // Others of the same name, a shell say, may have little to do with it.
        var name = parents[0].Name;
        var most = forks.Busiest.Where(p => p.ProcessName == name).Max(p => p.Count);
        var makers = forks.Busiest.Where(p => p.ProcessName == name && p.Count * 4 >= most).ToList();
        var (pids, count) = (makers.Select(p => p.ProcessId).ToList(), makers.Sum(p => p.Count));
        var own = count / seconds;
        var steady = forks.Result.Statistics?.PerSecond is { Count: > 2 } each && each.Count(s => s >= ManyPerSecond / 2) >= each.Count * 0.7;
        var children = Children(file, pids);
        var pointed = Math.Max(file.PointsAt(name, pids), children.Count == 0 ? 0 : children.Max(c => file.PointsAt(c, [])));
        var related = file.About(IssueKind.Performance | IssueKind.Process);
        var busy = Readings.ProcessorTimes.Read(file.Command("vitals"));
        var process = CaseFile.Describe(name, pids);
        var what = children.Count > 0 ? $" ({string.Join(", ", children.Take(3))})" : "";
        var evidence = new List<string> { $"{forks.Key}: {process} made {count} of {forks.Result.EventCount} new processes and threads in {forks.Window}, {own:0} a second{(steady ? ", steadily" : "")}." };
        if (file.Vitals is { } vitals)
        {
            evidence.Add($"vitals: {vitals.Rate("processes"):0} new tasks a second on the whole host over {vitals.Seconds:0.#} s.");
        }

        if (busy is not null)
        {
            evidence.Add($"vitals: {busy.System:0} % of the processors' time went to the kernel, {busy.User:0} % to programs.");
        }

        return new Finding
        {
            Cause = $"{process} starts short-lived processes{what} without end: {own:0} a second, {count} in {forks.Window}"
                + (busy is not null ? $", and the processors spend {busy.System:0} % of their time in the kernel." : "."),
            Evidence = evidence,
            Fix =
            [
                $"See what {name} (pid {pids[0]}) starts and why: `tr '\\0' ' ' < /proc/{pids[0]}/cmdline`; a script that loops without a pause, a health check or a worker that is respawned at once.",
                "Let it do the work in one process, pause between tries, or limit it (TasksMax=, pids.max).",
            ],
            Tied = pointed > 0,
            Confidence = own >= StormPerSecond && (pointed > 0 || (steady && file.Says(IssueKind.Performance | IssueKind.Process))) ? Confidence.High : related ? Confidence.Medium : Confidence.Low,
            Score = 15 + (own >= StormPerSecond ? 35 : 5) + pointed + (related ? 15 : -10) + (steady ? 5 : 0),
        }.Alone();
    }

    // The names that the children took, from their ends.
    private static List<string> Children(CaseFile file, List<int> parents)
    {
        var made = file.Ran("sched_process_fork").SelectMany(p => p.Events).Where(e => e.Number("parent_process_id") is { } p && parents.Contains((int)p))
            .Select(e => (int)(e.Number("child_process_id") ?? 0)).ToHashSet();
        return
        [
            .. file.Ran("sched_process_exit").SelectMany(p => p.Events)
                .Where(e => made.Contains(e.ProcessId) || (e.Number("parent_process_id") is { } p && parents.Contains((int)p)))
                .GroupBy(e => e.ProcessName).OrderByDescending(g => g.Count()).Select(g => g.Key),
        ];
    }
}
