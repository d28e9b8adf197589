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

        var waiting = WaitingConnection.Read(file.Command("waiting_connections"));
        var groups = programs
            .SelectMany(p => CallGroup.Of(p, "destination", o => o is "ETIMEDOUT" or "EHOSTUNREACH" or "ENETUNREACH" or "timed_out" or "pending"))
            .Select(g => g.Outcome == "pending" ? g with { Events = [.. g.Events.Where(IsOld)] } : g)
            .Where(g => g.Events.Count > 0)
            .GroupBy(g => (g.Subject, g.ProcessName))
            .ToList();

        var findings = groups.Select(g => Judge(file, g.Key.Subject, [.. g.OrderByDescending(c => c.Count)], waiting)).OfType<Finding>()
            .Concat(waiting.Where(w => !groups.Any(g => g.Key.Subject == w.To.ToString() && g.Any(c => c.Pids.Contains(w.Pid)))).Select(w => StillWaiting(file, w)))
            .OrderByDescending(f => f.Score)
            .ToList();
        return findings.Count > 0 ? new Examination(findings)
            : new Examination([], $"connections without an answer: none timed out or stayed pending for 3 s in {string.Join(", ", programs.Select(p => p.Key))}");
    }

    private static bool IsOld(TraceEvent e) => (e.Number("age_us") ?? e.Number("connect_latency_us") ?? 0) >= PendingUs;

    private static Finding? Judge(CaseFile file, string text, List<CallGroup> calls, IReadOnlyList<WaitingConnection> sockets)
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
        var waiting = sockets.Where(w => w.To.ToString() == text).Sum(w => w.Count);
        var again = file.Ran("tcp_retransmit_skb")
            .Where(p => p.Events.Any(e => e.Text("destination") == text))
            .Select(p => (p.Key, Count: p.CountOf("destination", text) ?? p.Events.Count(e => e.Text("destination") == text)))
            .ToList();

        var evidence = calls.Select(c =>
            $"{c.Program.Key}: {c.CountText} connects to {text} by {CaseFile.Describe(c.ProcessName, c.Pids)} in {c.Program.Window} ended {(c.Outcome == "pending" ? $"still pending, the oldest for {c.Events.Max(e => e.Number("age_us") ?? e.Number("connect_latency_us") ?? 0) / 1e6:0.#} s" : c.Outcome)}.").ToList();
        evidence.AddRange(again.Select(r => $"{r.Key}: {r.Count} segments to {text} sent again."));
        if (waiting > 0)
        {
            evidence.Add($"waiting_connections: {waiting} sockets wait for an answer from {text}.");
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
            Fix = Fix(destination, unreachable),
            Tied = named || pointed > 0,
            Confidence = usual ? Confidence.Low : (named || pointed > 0) && confirmed ? Confidence.High : network ? Confidence.Medium : Confidence.Low,
            Score = 20 + (named ? 45 : 0) + pointed + (network ? 20 : 0) + (confirmed ? 10 : 0) + (main.Count >= 3 ? 5 : 0) - (usual ? 40 : 0)
                - (ListenQueueOverflow.Explains(file, destination) ? 50 : 0),
        };
    }

    // A connect that began before the window: no probe saw it, the socket's own table does.
    private static Finding StillWaiting(CaseFile file, WaitingConnection connection)
    {
        var to = connection.To;
        var named = to.IsNamedBy(file.Facts);
        var pointed = file.PointsAt(connection.ProcessName, [connection.Pid]);
        var network = file.About(IssueKind.Network | IssueKind.Performance | IssueKind.Process);
        return new Finding
        {
            Cause = $"{connection.ProcessName} (pid {connection.Pid}) gets no answer from {to}: {connection.Count} sockets wait for one in SYN_SENT, their SYN sent again {connection.Retries} times. "
                + "Packets are dropped on the way (a firewall that drops, a wrong address, a host that is down), or the listener's queue is full.",
            Evidence = [$"waiting_connections: {connection.Count} sockets of {connection.ProcessName} (pid {connection.Pid}) to {to} are in SYN_SENT; the SYN was sent again {connection.Retries} times without an answer."],
            Fix = Fix(to, unreachable: false),
            Tied = named || pointed > 0,
            Confidence = connection.Retries < 2 ? Confidence.Low : named || pointed > 0 ? Confidence.High : network ? Confidence.Medium : Confidence.Low,
            Score = 30 + (named ? 45 : 0) + pointed + (file.About(IssueKind.Network) ? 20 : network ? 10 : 0) + (connection.Retries >= 2 ? 5 : -10) - (ListenQueueOverflow.Explains(file, to) ? 50 : 0),
        };
    }

    private static List<string> Fix(Destination destination, bool unreachable) =>
    [
        unreachable ? $"Look at `ip route get {destination.Address}` and at the neighbour table (`ip neigh`)." : $"See whether the host answers at all, and on that port, from here and from elsewhere; `ip route get {destination.Address}` shows the way taken.",
        "Look for rules that drop: `nft list ruleset` or `iptables -S` on both hosts, security groups and network policies between them.",
        $"If the service runs on this host or another you can reach, compare its listen queue: `ss -tln 'sport = :{destination.Port}'` (Recv-Q against Send-Q).",
    ];
}
