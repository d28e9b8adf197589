using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>A process, or the whole host, that has no file descriptor left.</summary>
internal sealed class DescriptorExhaustion : IDetector
{
    private const double FullPercent = 95;

    public Examination Examine(CaseFile file)
    {
        var descriptors = file.Command("descriptors");
        var uses = DescriptorUse.Read(descriptors);
        var failing = file.Programs
            .Where(p => p.Result.Error is null)
            .SelectMany(p => p.Events.Where(e => e.Text("error") is "EMFILE" or "ENFILE").Select(e => (Program: p, Event: e)))
            .GroupBy(f => (f.Event.ProcessName, Error: f.Event.Text("error")!))
            .ToList();
        var findings = failing.Select(g => Judge(file, g.Key.ProcessName, g.Key.Error, [.. g], uses))
            .Concat(uses.Where(u => 100.0 * u.Used / u.Limit >= FullPercent && !failing.Any(g => g.Any(f => f.Event.ProcessId == u.Pid))).Select(u => AtLimit(file, u)))
            .OrderByDescending(f => f.Score)
            .ToList();

        return findings.Count > 0 ? new Examination(findings)
            : descriptors is null ? Examination.Nothing
            : Examination.RuledOutBy(file, "exhausted file descriptors: no process uses 95 % of its limit (descriptors), and no call failed with EMFILE or ENFILE", "descriptors");
    }

    private static Finding Judge(CaseFile file, string name, string error, List<(ProgramReading Program, TraceEvent Event)> failures, IReadOnlyList<DescriptorUse> uses)
    {
        var pids = failures.Select(f => f.Event.ProcessId).Distinct().ToList();
        var use = uses.FirstOrDefault(u => pids.Contains(u.Pid));
        var program = failures.Select(f => f.Program).MaxBy(p => p.CountOfError(error))!;
        var count = program.CountOfError(error);
        var calls = failures.Select(f => f.Event.Text("syscall") ?? f.Event.EventType.Replace("sys_enter_", "")).Distinct().ToList();
        var whole = error == "ENFILE";
        var host = DescriptorUse.Host(file.Command("descriptors"));
        var pointed = file.PointsAt(name, pids);
        var process = CaseFile.Describe(name, pids);

        var evidence = new List<string> { $"{program.Key}: {count} calls failed with {error} in {program.Window}, for example {string.Join(", ", calls.Take(3))} by {process}." };
        if (use is not null)
        {
            evidence.Add(Line(use));
        }

        if (whole && host is { } handles)
        {
            evidence.Add($"descriptors: {handles.Used} file handles in use on the host, the limit (fs.file-max) is {handles.Limit}.");
        }

        return new Finding
        {
            Cause = whole
                ? $"The host has no file handle left (fs.file-max{(host is { } h ? $" {h.Limit}, {h.Used} in use" : "")}): {count} calls, of {process} among others, failed with ENFILE in {program.Window}."
                : $"{process} has no file descriptor left: {count} calls failed with EMFILE in {program.Window}"
                    + (use is null ? "." : $"; it holds {use.Used} of the {use.Limit} that its limit allows{(use.Holds.Count > 0 ? $", mostly {use.Holds[0]}" : "")}."),
            Evidence = evidence,
            Fix = Fix(name, pids[^1], whole),
            Tied = pointed > 0,
            Confidence = use is not null || pointed > 0 || whole ? Confidence.High : Confidence.Medium,
            Score = 60 + (use is not null ? 15 : 0) + pointed + (count >= 3 ? 5 : 0),
        };
    }

    private static Finding AtLimit(CaseFile file, DescriptorUse use)
    {
        var pointed = file.PointsAt(use.Name, [use.Pid]);
        return new Finding
        {
            Cause = $"{use.Name} (pid {use.Pid}) is at its limit of file descriptors: it holds {use.Used} of {use.Limit}{(use.Holds.Count > 0 ? $", mostly {use.Holds[0]}" : "")}; no call was seen to fail for it.",
            Evidence = [Line(use)],
            Fix = Fix(use.Name, use.Pid, whole: false),
            Tied = pointed > 0,
            Confidence = pointed > 0 ? Confidence.High : Confidence.Medium,
            Score = 45 + pointed,
        };
    }

    private static string Line(DescriptorUse use) =>
        $"descriptors: {use.Name} (pid {use.Pid}) holds {use.Used} descriptors, its soft limit is {use.Limit} (hard {use.HardLimit}){(use.Holds.Count > 0 ? $": {string.Join("; ", use.Holds)}" : "")}.";

    private static List<string> Fix(string name, int pid, bool whole) =>
    [
        $"See what it holds: `ls -l /proc/{pid}/fd | awk '{{print $NF}}' | sort | uniq -c | sort -rn | head`; descriptors that only grow are a leak to be fixed in {name}.",
        whole ? "Raise fs.file-max (`sysctl`) if the need is honest." : "If the need is honest, raise the limit (LimitNOFILE= of its unit, `ulimit -n`, the container's ulimits) and restart it.",
        $"Restarting {name} gives room until the leak has filled it again.",
    ];
}
