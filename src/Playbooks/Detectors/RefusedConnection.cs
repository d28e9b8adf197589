using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>An application that is refused by the port, or the unix socket, that it connects to.</summary>
internal sealed class RefusedConnection : IDetector
{
    private const string ProofOfListeners = "listening_again";

    public Examination Examine(CaseFile file)
    {
        var programs = file.Ran("sys_enter_connect", "tcp_connect", "tcp_v4_connect").ToList();
        if (programs.Count == 0)
        {
            return Examination.Nothing;
        }

        var groups = programs
            .SelectMany(p => CallGroup.Of(p, "destination", outcome => outcome is "ECONNREFUSED" or "refused"))
            .Concat(RefusedLater(file, programs))
            .GroupBy(g => (g.Subject, g.ProcessName))
            .ToList();
        if (groups.Count == 0)
        {
            var unseen = programs.Max(p => p.CountOfError("ECONNREFUSED"));
            return unseen > 0
                ? Examination.Nothing
                : new Examination([], $"a refused connection: none in {string.Join(", ", programs.Select(p => $"{p.Key} ({p.Result.EventCount} events in {p.Window})"))}");
        }

        var sockets = SocketTable.Read(file.Command(ProofOfListeners)) ?? SocketTable.Read(file.Command("listening"));
        var total = groups.Sum(g => g.Max(c => c.Count));
        return new Examination([.. groups
            .Select(g => Judge(file, g.Key.Subject, [.. g.OrderByDescending(c => c.Count)], sockets, total))
            .OfType<Finding>()
            .OrderByDescending(f => f.Score)]);
    }

    /// <summary>
    /// A connect that doesn't wait returns EINPROGRESS, and the refusal comes later: the socket goes from SYN_SENT to CLOSE, on a reset from
    /// there. Either alone has other causes; both together are a refusal.
    /// </summary>
    private static IEnumerable<CallGroup> RefusedLater(CaseFile file, List<ProgramReading> programs)
    {
        var reset = file.Ran("tcp_receive_reset").SelectMany(p => p.Events).Select(e => e.Text("destination")).OfType<string>().ToHashSet();
        var closed = file.Ran("inet_sock_set_state").SelectMany(p => p.Events)
            .Where(e => IsState(e.Text("oldstate"), "SYN_SENT", "2") && IsState(e.Text("newstate"), "CLOSE", "7"))
            .Select(e => e.Text("destination")).OfType<string>().ToHashSet();

        return programs
            .SelectMany(p => CallGroup.Of(p, "destination", outcome => outcome == "EINPROGRESS"))
            .Where(g => reset.Contains(g.Subject) && closed.Contains(g.Subject))
            .Select(g => g with { RefusedLater = true });

        static bool IsState(string? state, string name, string number) => state == number || state == name || state == "TCP_" + name;
    }

    private static Finding? Judge(CaseFile file, string text, IReadOnlyList<CallGroup> calls, SocketTable? sockets, long total)
    {
        if (Destination.Parse(text) is not { } destination)
        {
            return null;
        }

        var main = calls[0];
        var pids = calls.SelectMany(c => c.Pids).Distinct().ToList();
        var process = CaseFile.Describe(main.ProcessName, pids);
        var local = destination.IsLocal(file.Host);
        var listeners = sockets?.On(destination.Port) ?? [];
        var answering = destination.Address is { } address ? listeners.Where(l => l.Answers(address)).ToList() : [];
        var absent = local && destination.UnixPath is null && sockets is not null && answering.Count == 0;

        var named = destination.IsNamedBy(file.Facts);
        var pointed = file.PointsAt(main.ProcessName, pids);
        var network = file.Kinds.HasFlag(IssueKind.Network);

        var evidence = calls.Select(c =>
            $"{c.Program.Key}: {c.CountText} connects to {text} by {CaseFile.Describe(c.ProcessName, c.Pids)} in {c.Program.Window} {Ending(c)} "
            + $"({c.Program.Result.Target}, {c.Program.Result.EventCount} events in all).").ToList();

        var established = Established(file, destination, pids);
        if (established > 0)
        {
            evidence.Add($"Against it: {established} connects of the same process to port {destination.Port} were established in the same time.");
        }

        if (absent)
        {
            evidence.Add(listeners.Count == 0
                ? $"listening: no socket listens on TCP port {destination.Port} ({sockets!.Listeners.Count} listening sockets on the host)."
                : $"listening: port {destination.Port} is bound only to {string.Join(", ", listeners)}, which does not answer for {destination.Address}.");
        }
        else if (answering.Count > 0)
        {
            evidence.Add($"Against it: {answering[0]} is listening by now.");
        }

        var score = 25.0
            + (named ? 45 : 0) + pointed + (network ? 20 : 0)
            + (main.Count >= 3 ? 10 : 0) + (absent || destination.UnixPath is not null ? 10 : 0) + (main.Count * 2 > total ? 5 : 0)
            - (named || pointed > 0 || network || file.Kinds == IssueKind.Unknown || file.Kinds.HasFlag(IssueKind.Process) ? 0 : 20)
            - (established > 0 ? 45 : 0) - (answering.Count > 0 ? 15 : 0);

        // Unnamed, it must be the one thing that keeps being refused while the issue is about connections.
        var tied = named || pointed > 0 || (network && main.Count >= 3 && main.Count * 10 >= total * 8);
        var confidence = established > 0 || !(named || pointed > 0 || network) ? Confidence.Low
            : tied && answering.Count == 0 && (absent || !local || destination.UnixPath is not null) && main.Count >= 2 ? Confidence.High
            : Confidence.Medium;

        return new Finding
        {
            Cause = Cause(process, text, destination, main, local, absent, listeners, answering),
            Evidence = evidence,
            Fix = Fix(text, destination, local, listeners),
            Tied = named || pointed > 0,
            Confidence = confidence,
            Score = score,
            Proof = sockets is null && local && !file.Asked(ProofOfListeners) ? ListenersAgain() : null,
        };
    }

    private static string Ending(CallGroup calls) =>
        calls.RefusedLater ? "began without waiting (EINPROGRESS) and were refused: reset in SYN_SENT (resets, tcp_states)"
        : calls.Outcome == "refused" ? "were refused"
        : $"ended in {calls.Outcome}";

    // localhost is often tried as ::1 first and 127.0.0.1 next: refused once, connected after all.
    private static int Established(CaseFile file, Destination destination, List<int> pids) =>
        destination.Address is not { } address ? 0
        : file.Ran("tcp_connect", "sys_enter_connect").Max(p => p.Events.Count(e =>
            pids.Contains(e.ProcessId)
            && (e.Text("outcome") == "established" || (e.Text("error") is null && e.Number("return_value") is 0))
            && Destination.Parse(e.Text("destination") ?? "") is { Address: { } other } to
            && to.Port == destination.Port
            && (other.Equals(address) || other.AddressFamily != address.AddressFamily)));

    private static string Cause(
        string process, string text, Destination destination, CallGroup main, bool local, bool absent,
        IReadOnlyList<SocketTable.Listener> listeners, List<SocketTable.Listener> answering)
    {
        var what = $"{process} is refused by {text}: {main.CountText} connects in {main.Program.Window} {Ending(main)}";
        var service = destination.UsualService is { } usual ? $", where {usual} usually listens" : "";
        return true switch
        {
            _ when destination.UnixPath is not null => $"{what}. The socket file exists, but no process accepts connections on it.",
            _ when absent && listeners.Count > 0 => $"{what}. Port {destination.Port} is open only on {string.Join(", ", listeners)}: the service listens on another address than the one asked.",
            _ when absent => $"{what}. No process on this host listens on TCP port {destination.Port}{service}: the service is not running, or listens elsewhere.",
            _ when answering.Count > 0 => $"{what}, although {answering[0]} listens now: the service was down for a while, or a firewall rule rejects the connection.",
            _ when local => $"{what}. The port answers with a reset{service}.",
            _ => $"{what}. The remote host answers with a reset: nothing listens there on port {destination.Port}{service}, or a firewall rejects it.",
        };
    }

    private static List<string> Fix(string text, Destination destination, bool local, IReadOnlyList<SocketTable.Listener> listeners)
    {
        if (destination.UnixPath is { } path)
        {
            return [$"Find the service that should own the socket {path} (`ss -xlp | grep {Shell(path)}`) and start it.", "Then check that the application connects."];
        }

        var port = destination.Port;
        var service = destination.UsualService is { } usual ? $" ({usual}, going by the port)" : "";
        return listeners.Count > 0 && local
            ?
            [
                $"Either let the service on port {port} listen on {destination.Address} too (its bind or listen address is {string.Join(", ", listeners)}), or point the application to that address.",
                $"Check with `ss -tlnp 'sport = :{port}'`, then that the application connects.",
            ]
            :
            [
                $"Find out which service should answer on {text}{service}, and {(local ? "" : "on that host ")}start it; look in its log for why it stopped.",
                $"If it runs, compare its configured port and address with {text}, and correct whichever is wrong.",
                $"Check with `ss -tlnp 'sport = :{port}'`{(local ? "" : " there")}, then that the application connects.",
            ];
    }

    private static string Shell(string text) => Plans.Shell.Quote(text);

    private static FollowUp ListenersAgain() => new(
        [
            new CommandRequest
            {
                Id = ProofOfListeners,
                Command = "{ head -n 1 /proc/net/tcp; grep -sh ' 0A ' /proc/net/tcp /proc/net/tcp6; }",
                Description = "listening TCP sockets, from the kernel's own table",
            },
        ],
        []);
}
