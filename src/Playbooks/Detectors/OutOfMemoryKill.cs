using System.Text.RegularExpressions;
using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>A process that the kernel killed for want of memory.</summary>
internal sealed partial class OutOfMemoryKill : IDetector
{
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(3);

    public Examination Examine(CaseFile file)
    {
        var findings = new List<Finding>();
        var probes = file.Ran("mark_victim").ToList();
        var seen = probes.FirstOrDefault(p => p.Result.EventCount > 0);
        var log = KernelMessage.Read(file.Command("kernel_log"));

        var kills = log
            .Where(m => m.Age <= KernelMessage.Recent)
            .Select(m => (Message: m, Match: Killed().Match(m.Text)))
            .Where(k => k.Match.Success)
            .Select(k => (k.Message, Pid: int.Parse(k.Match.Groups["pid"].Value), Name: k.Match.Groups["name"].Value))
            .ToList();

        foreach (var victim in kills.GroupBy(k => k.Name))
        {
            var pids = victim.Select(v => v.Pid).Distinct().ToList();
            // What the probe saw is of this victim only where it says so; kills that the log alone tells of may belong to another story.
            var now = seen?.Events.Any(e => pids.Contains((int)(e.Number("pid") ?? e.ProcessId)) || e.Text("comm") == victim.Key) == true ? seen : null;
            findings.Add(Judge(file, victim.Key, pids, [.. victim.Select(v => v.Message)], now));
        }

        if (seen is not null && !findings.Any(f => f.Evidence.Any(e => e.StartsWith(seen.Key, StringComparison.Ordinal))))
        {
            // The event is raised in whatever process asked for memory; the victim is in its data.
            var pids = seen.Events.Select(e => (int)(e.Number("pid") ?? e.ProcessId)).Distinct().ToList();
            findings.Add(Judge(file, seen.Events.Select(e => e.Text("comm")).FirstOrDefault(c => c is not null) ?? "a process", pids, [], seen));
        }

        return findings.Count > 0 ? new Examination([.. findings.OrderByDescending(f => f.Score)])
            : probes.Count > 0 ? new Examination([], $"the OOM killer: no victim in {string.Join(", ", probes.Select(p => $"{p.Key} ({p.Window})"))}"
                + (!file.IsWhole("kernel_log") ? "" : $", none in the kernel log of the last {KernelMessage.Recent.TotalMinutes:0} min"))
            : Examination.Nothing;
    }

    private static Finding Judge(CaseFile file, string name, List<int> pids, List<KernelMessage> messages, ProgramReading? seen)
    {
        var pointed = file.PointsAt(name, pids);
        var related = (file.Kinds & (IssueKind.Memory | IssueKind.Process)) != 0;
        var process = CaseFile.Describe(name, pids);
        var over = seen is null && messages.All(m => m.Age > Lately);
        var limit = messages.Any(m => m.Text.Contains("Memory cgroup", StringComparison.OrdinalIgnoreCase));

        var evidence = new List<string>();
        if (seen is not null)
        {
            evidence.Add($"{seen.Key}: {seen.Result.EventCount} OOM victims in {seen.Window}.");
        }

        if (messages.Count > 0)
        {
            evidence.Add($"kernel_log: {messages.Count} kills of {name}, the last {messages[^1].Ago}: \"{messages[^1].Text}\".");
        }

        return new Finding
        {
            Cause = $"The kernel killed {process} for want of memory{(limit ? ": its cgroup reached its limit" : "")} ({(messages.Count > 0 ? $"{messages.Count} kills logged, the last {messages[^1].Ago}" : $"{seen!.Result.EventCount} victims in {seen.Window}")}).",
            Evidence = evidence,
            Fix =
            [
                limit
                    ? "Compare the cgroup's limit (`memory.max`, the unit's MemoryMax, the container's memory limit) with what the process needs, and raise it if the need is honest."
                    : "See what uses the memory: `ps -eo pid,rss,comm --sort=-rss | head`, and the table of tasks that the kernel logged with the kill.",
                $"If {name} grows without end, it leaks: watch its VmRSS over time and cap its caches, heap or number of workers.",
            ],
            Tied = pointed > 0,
            Confidence = pointed > 0 || (related && seen is not null) ? Confidence.High : related && !over ? Confidence.Medium : Confidence.Low,
            Score = 25 + pointed + (related ? 25 : file.Kinds == IssueKind.Unknown ? 15 : 0) + (seen is not null ? 20 : 0) + (messages.Count >= 2 ? 5 : 0) - (over && pointed == 0 ? 25 : 0),
        };
    }

    [GeneratedRegex(@"[Kk]illed process (?<pid>\d{1,7}) \((?<name>[^)]*)\)")]
    private static partial Regex Killed();
}
