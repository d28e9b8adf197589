using Sonde.Playbooks.Detectors;
using Sonde.Protocol;

namespace Sonde.Playbooks;

/// <summary>All detectors, and what they make of one case.</summary>
internal static class DetectorSet
{
    private static readonly IReadOnlyList<IDetector> All =
    [
        new RefusedConnection(),
        new FailingOpen(),
        new FailingCall(),
        new UnansweredConnection(),
        new FullFileSystem(),
        new OutOfMemoryKill(),
        new CrashingProcess(),
        new BusyProcessors(),
        new MemoryPressure(),
        new CgroupMemoryLimit(),
        new ListenQueueOverflow(),
        new PacketLoss(),
        new PortExhaustion(),
        new NameResolution(),
        new DescriptorExhaustion(),
        new ThrottledCgroup(),
        new ForkStorm(),
        new SlowDisk(),
        new BlockedProcess(),
        new LockContention(),
    ];

    // What happens to another process than the one that the issue names explains it less.
    private const double Elsewhere = 30;

    /// <summary>Every finding, the best first, and what was ruled out.</summary>
    public static Assessment Assess(CaseFile file)
    {
        var examinations = All.Select(d => d.Examine(file)).ToList();
        return new Assessment(
            [.. Weigh([.. examinations.SelectMany(e => e.Findings)]).OrderByDescending(f => f.Score)],
            [.. examinations.Select(e => e.RuledOut).OfType<string>()]);
    }

    // Several faults that the issue names nothing of may all be there: none of them is its cause for sure.
    private static IEnumerable<Finding> Weigh(List<Finding> findings)
    {
        var named = findings.Any(f => f.Tied && f.Score >= Finding.SuspectScore);
        var several = findings.Count(f => f is { Tied: false, IsCause: true, Confidence: Confidence.High }) > 1;
        return findings.Select(f => f.Tied || !(named || several) ? f : f with
        {
            Score = f.Score - (named ? Elsewhere : 0),
            Confidence = f.Confidence == Confidence.High ? Confidence.Medium : f.Confidence,
        });
    }
}

/// <summary>What all detectors made of one case.</summary>
/// <param name="Findings">The best first.</param>
/// <param name="RuledOut">With the figures that show it.</param>
internal sealed record Assessment(IReadOnlyList<Finding> Findings, IReadOnlyList<string> RuledOut)
{
    /// <summary>The finding that is named as the cause, or null.</summary>
    public Finding? Best => Findings.FirstOrDefault(f => f.IsCause);
}
