using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>No local port is left for another connection to the same remote end.</summary>
internal sealed class PortExhaustion : IDetector
{
    public Examination Examine(CaseFile file)
    {
        var programs = file.Ran("sys_enter_connect").ToList();
        if (programs.Count == 0)
        {
            return Examination.Nothing;
        }

        var groups = programs
            .SelectMany(p => CallGroup.Of(p, "destination", o => o == "EADDRNOTAVAIL"))
            .GroupBy(g => (g.Subject, g.ProcessName))
            .Select(g => g.OrderByDescending(c => c.Count).ToList())
            .ToList();
        return groups.Count > 0
            ? new Examination([.. groups.Select(g => Judge(file, g)).OfType<Finding>().OrderByDescending(f => f.Score)])
            : new Examination([], $"exhausted local ports: no connect failed with EADDRNOTAVAIL in {string.Join(", ", programs.Select(p => p.Key))}");
    }

    private static Finding? Judge(CaseFile file, List<CallGroup> calls)
    {
        var main = calls[0];
        if (Destination.Parse(main.Subject) is not { Address: { } address } destination)
        {
            return null;
        }

        var pids = calls.SelectMany(c => c.Pids).Distinct().ToList();
        var process = CaseFile.Describe(main.ProcessName, pids);
        var home = pids.Select(p => file.Spaces?.Of(p)).FirstOrDefault(s => s is not null);
        var spaces = home is not null ? [home] : file.Spaces?.All ?? [];
        var peer = spaces.SelectMany(s => s.Peers).Where(p => p.Port == destination.Port && p.Address.Equals(address)).Select(p => (RemoteEnd?)p).FirstOrDefault();
        var own = home?.IsOwn != false;
        var range = own ? file.Spaces?.PortRange : null;
        var ports = range is { } r ? r.Last - r.First + 1 : (int?)null;
        var named = destination.IsNamedBy(file.Facts);
        var pointed = file.PointsAt(main.ProcessName, pids);
        var network = file.About(IssueKind.Network | IssueKind.Performance);

        var evidence = calls.Select(c => $"{c.Program.Key}: {c.CountText} connects to {main.Subject} by {process} in {c.Program.Window} failed with EADDRNOTAVAIL: no local port was free.").ToList();
        if (peer is { } sockets)
        {
            evidence.Add($"network_spaces: {sockets.Sockets} sockets are connected to {main.Subject}, {sockets.TimeWait} of them in TIME_WAIT{home?.Place}{(ports is { } n ? $"; the range of local ports {range!.Value.First}-{range.Value.Last} has {n}" : "")}.");
        }

        // Without sockets that use the ports up, the same error means a local address that this host does not have.
        var used = peer is not null && (ports is null || peer.Value.Sockets * 2 >= ports);
        return new Finding
        {
            Cause = $"{process} has no local port left for another connection to {main.Subject}: {main.CountText} connects in {main.Program.Window} failed with EADDRNOTAVAIL"
                + (peer is { } p ? $", while {p.Sockets} sockets to it are open ({p.TimeWait} in TIME_WAIT)" : "")
                + (ports is { } all ? $"; the range {range!.Value.First}-{range.Value.Last} has {all} ports." : "."),
            Evidence = evidence,
            Fix =
            [
                $"Let {main.ProcessName} keep and reuse its connections to {main.Subject} (a pool, keep-alive), and close those it does not need: `ss -tan 'dport = :{destination.Port}' | awk '{{print $1}}' | sort | uniq -c`.",
                "Widen the range if the load is honest: `sysctl net.ipv4.ip_local_port_range`; with many sockets in TIME_WAIT also net.ipv4.tcp_tw_reuse=1.",
                "Spread the load over more remote addresses or ports: a local port is only taken for one remote end.",
            ],
            Tied = named || pointed > 0,
            Confidence = used && (named || pointed > 0 || file.Says(IssueKind.Network | IssueKind.Performance)) && main.Count >= 2 ? Confidence.High : used || pointed > 0 ? Confidence.Medium : Confidence.Low,
            Score = 30 + (used ? 35 : 0) + (named ? 30 : 0) + pointed + (network ? 10 : 0) + (main.Count >= 3 ? 10 : 0),
        };
    }
}
