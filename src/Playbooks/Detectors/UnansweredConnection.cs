using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>A connection that gets no answer at all, or for which there is no way.</summary>
internal sealed class UnansweredConnection : IDetector
{
    // A lost SYN is sent again after 1 s and after 3 s: what is still pending by then is no slow answer.
    private const double PendingUs = 3_000_000;

    public Examination Examine(CaseFile file)
    {
        var programs = file.Ran("sys_enter_connect", "tcp_connect", "tcp_v4_connect").ToList();
        if (programs.Count == 0)
        {
            return Examination.Nothing;
        }

        var groups = programs
            .SelectMany(p => CallGroup.Of(p, "destination", o => o is "ETIMEDOUT" or "EHOSTUNREACH" or "ENETUNREACH" or "timed_out" or "pending"))
            .Select(g => g.Outcome == "pending" ? g with { Events = [.. g.Events.Where(IsOld)] } : g)
            .Where(g => g.Events.Count > 0)
            .GroupBy(g => (g.Subject, g.ProcessName))
            .ToList();

        return groups.Count > 0
            ? new Examination([.. groups.Select(g => Judge(file, g.Key.Subject, [.. g.OrderByDescending(c => c.Count)])).OfType<Finding>().OrderByDescending(f => f.Score)])
            : new Examination([], $"connections without an answer: none timed out or stayed pending for 3 s in {string.Join(", ", programs.Select(p => p.Key))}");
    }

    private static bool IsOld(TraceEvent e) => (e.Number("age_us") ?? e.Number("connect_latency_us") ?? 0) >= PendingUs;

    private static Finding? Judge(CaseFile file, string text, List<CallGroup> calls)
    {
        if (Destination.Parse(text) is not { UnixPath: null } destination)
        {
            return null;
        }

        var main = calls[0];
        var pids = calls.SelectMany(c => c.Pids).Distinct().ToList();
        var unreachable = main.Outcome is "EHOSTUNREACH" or "ENETUNREACH";
        var named = destination.IsNamedBy(file.Facts);
        var pointed = file.PointsAt(main.ProcessName, pids);
        var network = file.Kinds.HasFlag(IssueKind.Network);
        var waiting = file.Command("syn_sent")?.Stdout.Split('\n').Count(l => l.Contains(text, StringComparison.Ordinal)) ?? 0;
        var again = file.Ran("tcp_retransmit_skb")
            .Where(p => p.Events.Any(e => e.Text("destination") == text))
            .Select(p => (p.Key, Count: p.CountOf("destination", text) ?? p.Events.Count(e => e.Text("destination") == text)))
            .ToList();

        var evidence = calls.Select(c =>
            $"{c.Program.Key}: {c.CountText} connects to {text} by {CaseFile.Describe(c.ProcessName, c.Pids)} in {c.Program.Window} ended {(c.Outcome == "pending" ? $"still pending, the oldest for {c.Events.Max(e => e.Number("age_us") ?? e.Number("connect_latency_us") ?? 0) / 1e6:0.#} s" : c.Outcome)}.").ToList();
        evidence.AddRange(again.Select(r => $"{r.Key}: {r.Count} segments to {text} sent again."));
        if (waiting > 0)
        {
            evidence.Add($"syn_sent: {waiting} sockets wait for an answer from {text}.");
        }

        var confirmed = unreachable || again.Count > 0 || waiting > 0 || main.Outcome is "ETIMEDOUT" or "timed_out";

        // Happy-eyeballs and resolvers try IPv6 on hosts that have no way to it.
        var usual = main.Outcome == "ENETUNREACH" && destination.Address?.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && !named;
        return new Finding
        {
            Cause = unreachable
                ? $"{CaseFile.Describe(main.ProcessName, pids)} can't reach {text}: {main.CountText} connects in {main.Program.Window} failed with {main.Outcome}; "
                    + (main.Outcome == "ENETUNREACH" ? "this host has no route to that network." : "the host, or a router before it, does not answer, or a firewall rejects it.")
                : $"{CaseFile.Describe(main.ProcessName, pids)} gets no answer from {text}: {main.CountText} connects in {main.Program.Window} {(main.Outcome == "pending" ? "stayed pending for more than 3 s" : "timed out")}. "
                    + "Packets are dropped on the way (a firewall that drops, a wrong address, a host that is down), or the listener's queue is full.",
            Evidence = evidence,
            Fix =
            [
                unreachable ? $"Look at `ip route get {destination.Address}` and at the neighbour table (`ip neigh`)." : $"See whether the host answers at all, and on that port, from here and from elsewhere; `ip route get {destination.Address}` shows the way taken.",
                "Look for rules that drop: `nft list ruleset` or `iptables -S` on both hosts, security groups and network policies between them.",
                $"If the service runs on this host or another you can reach, compare its listen queue: `ss -tln 'sport = :{destination.Port}'` (Recv-Q against Send-Q).",
            ],
            Confidence = usual ? Confidence.Low : (named || pointed > 0) && confirmed ? Confidence.High : network ? Confidence.Medium : Confidence.Low,
            Score = 20 + (named ? 45 : 0) + pointed + (network ? 20 : 0) + (confirmed ? 10 : 0) + (main.Count >= 3 ? 5 : 0) - (usual ? 40 : 0),
        };
    }
}
