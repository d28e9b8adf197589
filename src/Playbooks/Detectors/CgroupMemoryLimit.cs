using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>A control group that lives at its memory limit: the kernel takes from it what it needs next.</summary>
internal sealed class CgroupMemoryLimit : IDetector
{
    private const long FewestHits = 20;
    private const long ManyHits = 200;

    public Examination Examine(CaseFile file)
    {
        if (!file.Asked("cgroups"))
        {
            return Examination.Nothing;
        }

        var findings = CgroupChange.Read(file.Command("cgroups"))
            .Where(g => g.LimitHits >= FewestHits && g.MemoryLimit is not null)
            .Select(g => Judge(file, g))
            .OrderByDescending(f => f.Score)
            .ToList();
        return findings.Count > 0 ? new Examination(findings)
            : Examination.RuledOutBy(file, $"a control group's memory limit: none was hit {FewestHits} times within 6 s (cgroups)", "cgroups");
    }

    private static Finding Judge(CaseFile file, CgroupChange group)
    {
        var names = group.Pids.Select(p => (Pid: p, Name: file.NameOf(p))).Where(p => p.Name is not null).ToList();
        var pointed = names.Count == 0 ? 0 : names.Max(p => file.PointsAt(p.Name!, [p.Pid]));
        if (pointed == 0 && file.Facts.Words.Any(w => w.Length > 2 && group.Path.Contains(w, StringComparison.OrdinalIgnoreCase)))
        {
            pointed = 20;
        }

        var who = names.Count > 0 ? string.Join(", ", names.Take(3).Select(p => $"{p.Name} (pid {p.Pid})"))
            : group.Pids.Count > 0 ? $"pids {string.Join(", ", group.Pids.Take(3))}" : "its processes";
        var related = file.About(IssueKind.Performance | IssueKind.Memory);
        var limit = $"{group.MemoryLimit!.Value / 1048576.0:0.#} MiB";
        var used = group.MemoryUsed is { } bytes ? $", {bytes / 1048576.0:0.#} MiB in use" : "";
        var stalled = file.Vitals?.Stalled("memory_some");
        var refaults = file.Vitals?.Rate("workingset_refault*") ?? 0;
        var reading = file.Vitals?.Stalled("io_some");
        var many = group.LimitHits >= ManyHits;

        var evidence = new List<string> { $"cgroups: {group.Path} ran into its memory limit of {limit} {group.LimitHits} times within 6 s{used}; processes in it: {who}." };
        if (file.Vitals is { } vitals)
        {
            evidence.Add($"vitals: {refaults:0} pages a second were read again shortly after they had been taken away; tasks stalled for memory {stalled ?? 0:0.#} % and for disks {reading ?? 0:0.#} % of {vitals.Seconds:0.#} s.");
        }

        if (group.Kills > 0)
        {
            evidence.Add($"cgroups: {group.Kills} processes of it were killed for it within 6 s.");
        }

        return new Finding
        {
            Cause = $"The control group {group.Path} is at its memory limit of {limit}{used}: {who} ran into it {group.LimitHits} times within 6 s, and the kernel must reclaim its memory each time.",
            Evidence = evidence,
            Fix =
            [
                $"Raise the limit if the need is honest: MemoryMax= or MemoryHigh= of the unit, the container's or pod's memory limit, or memory.max of {group.Path}.",
                "Otherwise let the process keep less: heap and cache settings, fewer workers, smaller batches; memory.stat of the group tells anonymous memory from file cache.",
                "Check that failcnt (or `max` in memory.events) stands still afterwards.",
            ],
            Tied = pointed > 0,
            Confidence = (pointed > 0 || file.Says(IssueKind.Performance | IssueKind.Memory)) && (many || group.Kills > 0) ? Confidence.High : related || pointed > 0 ? Confidence.Medium : Confidence.Low,
            Score = 35 + (many ? 15 : 0) + pointed + (related ? 15 : 0) + (file.SpeaksOfLimits ? 10 : 0) - (group.Kills > 0 ? 10 : 0),
        };
    }
}
