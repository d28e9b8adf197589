using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>A service that does not accept its connections as fast as they come: the kernel drops the new ones.</summary>
internal sealed class ListenQueueOverflow : IDetector
{
    private const string Overflows = "TcpExt:ListenOverflows";

    public Examination Examine(CaseFile file)
    {
        if (file.Spaces is not { } spaces)
        {
            return Examination.Nothing;
        }

        var overflowing = spaces.All.Where(s => s.Increase(Overflows) > 0).ToList();
        return overflowing.Count > 0
            ? new Examination([.. overflowing.Select(s => Judge(file, s)).OrderByDescending(f => f.Score)])
            : Examination.RuledOutBy(file, "an overflowing listen queue: no ListenOverflows in any network namespace over 6 s (network_spaces)", "network_spaces");
    }

    /// <summary>Whether the listener on this port has a full queue: what is sent there gets no answer for that reason.</summary>
    public static bool Explains(CaseFile file, Destination destination) =>
        file.Spaces?.All.Any(s => s.Increase(Overflows) > 0 && s.Listeners.Any(l => l.Port == destination.Port && l.Waiting > 0)) == true;

    private static Finding Judge(CaseFile file, NetworkSpace space)
    {
        var overflows = space.Increase(Overflows);
        var full = space.Listeners.Where(l => l.Waiting > 0).ToList();
        var listener = full.Count > 0 ? full[0] : (WaitingListener?)null;
        var (owner, pid) = listener is { } l && space.IsOwn ? Owner(file, l.Port) : (null, 0);
        var where = listener is { } at ? $"{at.Address}:{at.Port}" : "a port that was drained by the time of the look";
        var named = listener is { } n && file.Facts.Ports.Contains(n.Port);
        var pointed = owner is null ? 0 : file.PointsAt(owner, [pid]);
        var again = listener is { } r
            ? file.Ran("tcp_retransmit_skb").SelectMany(p => p.Events).Count(e => Destination.Parse(e.Text("destination") ?? "") is { } d && d.Port == r.Port)
            : 0;

        var evidence = new List<string> { $"network_spaces: {overflows} connections were dropped for a full listen queue in 6 s (ListenOverflows){space.Place}." };
        if (listener is { } queue)
        {
            evidence.Add($"network_spaces: {queue.Waiting} connections to {where} wait to be accepted{(Limit(file, queue.Port) is { } most && space.IsOwn ? $", at most {most} may (listening)" : "")}.");
        }

        if (again > 0)
        {
            evidence.Add($"retransmits: at least {again} segments to port {listener!.Value.Port} were sent again for want of an answer.");
        }

        var who = owner is null ? "The service that listens" : CaseFile.Describe(owner, [pid]) + " listens";
        return new Finding
        {
            Cause = $"{who} on {where}{space.Place} and does not accept connections as fast as they arrive: its listen queue is full"
                + $"{(listener is { } w ? $" ({w.Waiting} waiting)" : "")}, and the kernel dropped {overflows} new ones in 6 s.",
            Evidence = evidence,
            Fix =
            [
                $"See why {owner ?? "the service"} does not accept: is it blocked, out of workers or threads, stopped? `cat /proc/{(pid > 0 ? pid : "PID")}/stack`, its own log, `strace -f -p {(pid > 0 ? pid : "PID")}`.",
                "If it only meets bursts, raise its backlog (the listen() argument, and net.core.somaxconn, which caps it) and its number of workers.",
                $"Check with `ss -tln{(listener is { } c ? $" 'sport = :{c.Port}'" : "")}`: Recv-Q must stay well below Send-Q; `nstat -az TcpExtListenOverflows` must stand still.",
            ],
            Tied = named || pointed > 0,
            Confidence = listener is null ? Confidence.Medium
                : named || pointed > 0 || file.About(IssueKind.Network | IssueKind.Performance | IssueKind.Process) ? Confidence.High : Confidence.Medium,
            Score = 60 + (named ? 40 : 0) + pointed + (file.About(IssueKind.Network | IssueKind.Performance) ? 15 : 0) + (listener is null ? -10 : 5),
        };
    }

    private static (string? Name, int Pid) Owner(CaseFile file, int port)
    {
        var process = SocketTable.Read(file.Command("listening"))?.On(port).Select(l => l.Process).FirstOrDefault(p => p is not null);
        var cut = process?.LastIndexOf(", pid ", StringComparison.Ordinal) ?? -1;
        return cut > 0 && int.TryParse(process.AsSpan(cut + 6), out var pid) ? (process![..cut], pid) : (null, 0);
    }

    // `ss -tln` prints the length of a listener's queue and its limit.
    private static long? Limit(CaseFile file, int port) =>
        OutputLines.All(file.Command("listening"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w.Length > 4 && w[0] == "LISTEN" && w[3].EndsWith($":{port}", StringComparison.Ordinal))
            .Select(w => (long?)OutputLines.Number(w[2])).FirstOrDefault();
}
