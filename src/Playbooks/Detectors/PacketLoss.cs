using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>Segments of established connections that must be sent again: packets are lost on the way.</summary>
internal sealed class PacketLoss : IDetector
{
    private const long FewestSegments = 5;
    private const double LeastPercent = 0.5;

    public Examination Examine(CaseFile file)
    {
        var programs = file.Ran("tcp_retransmit_skb").ToList();
        if (programs.Count == 0)
        {
            return Examination.Nothing;
        }

        // A SYN that is sent again says that nobody answers at all: another story.
        var ends = programs
            .SelectMany(p => p.Events.Where(e => e.Text("state") is not ("TCP_SYN_SENT" or "TCP_SYN_RECV" or "TCP_NEW_SYN_RECV")).Select(e => (Program: p, To: e.Text("destination"))))
            .Where(e => e.To is not null)
            .GroupBy(e => e.To!)
            .Select(g => (To: g.Key, Count: g.GroupBy(e => e.Program).Max(p => (long)p.Count()), g.First().Program))
            .OrderByDescending(e => e.Count)
            .ToList();
        var space = file.Spaces?.All.Where(s => s.Increase("Tcp:OutSegs") > 0).MaxBy(Lost);
        var lost = space is null ? 0 : Lost(space);
        var total = ends.Sum(e => e.Count);
        var percent = space is null ? 0 : 100.0 * lost / space.Increase("Tcp:OutSegs");
        if (total < FewestSegments)
        {
            return new Examination([], $"packet loss: {total} segments of established connections were sent again in {string.Join(", ", programs.Select(p => $"{p.Key} ({p.Window})"))}");
        }

        var main = ends[0];
        var destination = Destination.Parse(main.To);
        var named = destination?.IsNamedBy(file.Facts) == true;
        var talkers = destination is { } d ? Talkers(file, d) : null;
        var pointed = talkers is { } t ? file.PointsAt(t.Name, [t.Pid]) : 0;
        var network = file.About(IssueKind.Network | IssueKind.Performance);
        var measured = lost >= FewestSegments && percent >= LeastPercent;

        var evidence = new List<string>
        {
            $"{main.Program.Key}: {main.Program.Result.EventCount} segments sent again in {main.Program.Window}; in the sample {string.Join(", ", ends.Take(3).Select(e => $"{e.Count} to {e.To}"))} on connections that were already established.",
        };
        if (measured)
        {
            evidence.Add($"network_spaces: {lost} of {space!.Increase("Tcp:OutSegs")} segments ({percent:0.#} %) were sent again in 6 s{space.Place}, {space.Increase("TcpExt:TCPTimeouts")} after a timeout.");
        }

        return new Finding
        {
            Cause = $"Packets are lost between this host and {main.To}{(talkers is { } who ? $", where {who.Name} (pid {who.Pid}) talks to" : "")}: "
                + (measured ? $"{percent:0.#} % of all TCP segments ({lost} of {space!.Increase("Tcp:OutSegs")}) were retransmitted in 6 s{space.Place}." : $"{total} segments were retransmitted in {main.Program.Window}."),
            Evidence = evidence,
            Fix =
            [
                $"Find where they are lost: `mtr -n {destination?.Address}` or `ping -c 100 {destination?.Address}`, and the drop counters on the way (`ip -s link`, `ethtool -S`, `tc -s qdisc`).",
                "Look for a duplex or MTU mismatch, a saturated link or policer, a bad cable or radio, and queue disciplines that drop or delay (`tc qdisc show`).",
                "Check that TcpRetransSegs (`nstat`) stands still afterwards.",
            ],
            Tied = named || pointed > 0,
            Confidence = measured && (named || pointed > 0 || file.Says(IssueKind.Network | IssueKind.Performance)) && lost >= 2 * FewestSegments ? Confidence.High : network ? Confidence.Medium : Confidence.Low,
            Score = 35 + (measured ? 25 : 0) + (named ? 35 : 0) + pointed + (file.About(IssueKind.Network) ? 15 : network ? 10 : -15) + (total >= 20 ? 5 : 0),
        }.Alone();
    }

    private static long Lost(NetworkSpace space) => space.Increase("Tcp:RetransSegs") - space.Increase("TcpExt:TCPSynRetrans");

    private static (string Name, int Pid)? Talkers(CaseFile file, Destination destination) =>
        file.Ran("sys_enter_connect", "tcp_connect").SelectMany(p => p.Events)
            .Where(e => Destination.Parse(e.Text("destination") ?? "") is { } to && to.Port == destination.Port && Equals(to.Address, destination.Address))
            .Select(e => ((string, int)?)(e.ProcessName, e.ProcessId)).FirstOrDefault();
}
