using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>A control group whose processor quota holds its tasks back.</summary>
internal sealed class ThrottledCgroup : IDetector
{
    private const double WorthSayingPercent = 20;
    private const double HeavyPercent = 50;
    private const long FewestPeriods = 5;

    public Examination Examine(CaseFile file)
    {
        if (!file.Asked("cgroups"))
        {
            return Examination.Nothing;
        }

        var throttled = Throttled(file).Select(g => Judge(file, g)).OrderByDescending(f => f.Score).ToList();
        return throttled.Count > 0 ? new Examination(throttled)
            : Examination.RuledOutBy(file, "a processor quota: no control group was throttled in a fifth of its periods over 6 s (cgroups)", "cgroups");
    }

    /// <summary>Processes that their quota holds back: they wait for a processor whether one is free or not.</summary>
    public static IReadOnlySet<int> Members(CaseFile file) =>
        Throttled(file).SelectMany(g => g.Pids).ToHashSet();

    private static IEnumerable<CgroupChange> Throttled(CaseFile file) =>
        CgroupChange.Read(file.Command("cgroups")).Where(g => g.Throttling is { Periods: >= FewestPeriods } t && Percent(t) >= WorthSayingPercent);

    private static double Percent((long Periods, long Throttled) t) => 100.0 * t.Throttled / t.Periods;

    private static Finding Judge(CaseFile file, CgroupChange group)
    {
        var percent = Percent(group.Throttling);
        var names = group.Pids.Select(p => (Pid: p, Name: file.NameOf(p))).Where(p => p.Name is not null).ToList();
        var pointed = names.Count == 0 ? 0 : names.Max(p => file.PointsAt(p.Name!, [p.Pid]));
        if (pointed == 0 && file.Facts.Words.Any(w => w.Length > 2 && group.Path.Contains(w, StringComparison.OrdinalIgnoreCase)))
        {
            pointed = 20;
        }

        var who = names.Count > 0 ? string.Join(", ", names.Take(3).Select(p => $"{p.Name} (pid {p.Pid})")) : group.Pids.Count > 0 ? $"pid {string.Join(", ", group.Pids.Take(3))}" : "its processes";
        var performance = file.About(IssueKind.Performance | IssueKind.Network | IssueKind.Process);
        var limit = group.Processors is { } processors ? $"{processors:0.##} processors ({group.Quota})" : "its quota";
        var heavy = percent >= HeavyPercent;
        return new Finding
        {
            Cause = $"The control group {group.Path} may use {limit} and wants more: {who} was throttled in {group.Throttling.Throttled} of {group.Throttling.Periods} periods ({percent:0} %) over 6 s.",
            Evidence =
            [
                $"cgroups: {group.Path} was throttled in {group.Throttling.Throttled} of {group.Throttling.Periods} enforcement periods within 6 s, its tasks held back for {group.Held.TotalSeconds:0.#} s in all; quota: {limit}.",
                $"cgroups: processes in it: {(group.Pids.Count > 0 ? string.Join(", ", group.Pids.Take(8)) : "none listed")}.",
            ],
            Fix =
            [
                $"Raise the quota if the need is honest: CPUQuota= of the unit, the container's or pod's CPU limit, or cpu.max of {group.Path}.",
                "Otherwise give it fewer threads than the quota has processors (GOMAXPROCS, worker and thread pools), or less work.",
                $"Check that nr_throttled in its cpu.stat stands still afterwards.",
            ],
            Tied = pointed > 0,
            Confidence = heavy && (pointed > 0 || file.Says(IssueKind.Performance)) ? Confidence.High : performance || pointed > 0 ? Confidence.Medium : Confidence.Low,
            Score = 40 + (heavy ? 25 : 5) + pointed + (performance ? 10 : 0) + (file.SpeaksOfLimits ? 10 : 0),
        };
    }
}
