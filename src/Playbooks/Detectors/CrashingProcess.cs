using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>A program that ends by a fatal signal, or again and again with an error.</summary>
internal sealed class CrashingProcess : IDetector
{
    private static readonly string[] Fatal = ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGSYS", "SIGTRAP"];

    // Shells and tests end with 1 all day; the same program failing this often within one window does not.
    private const int Often = 3;

    public Examination Examine(CaseFile file)
    {
        var programs = file.Ran("sched_process_exit").ToList();
        if (programs.Count == 0)
        {
            return Examination.Nothing;
        }

        var exits = programs.SelectMany(p => p.Events.Where(e => !e.IsThreadExit()).Select(e => (Program: p, Event: e, How: How(e)))).ToList();
        var findings = exits
            .Where(x => x.How is not null)
            .GroupBy(x => (x.Event.ProcessName, How: x.How!))
            .Where(g => Fatal.Contains(g.Key.How) || g.Count() >= Often)
            .Select(g => Judge(file, g.Key.ProcessName, g.Key.How, g.First().Program, [.. g.Select(x => x.Event)]))
            .OrderByDescending(f => f.Score)
            .ToList();

        // Without a code or a signal in the events there was nothing to tell a crash by.
        return findings.Count > 0 ? new Examination(findings)
            : exits.Count > 0 && exits.All(x => x.Event.Text("exit_code") is null && x.Event.Text("signal") is null) ? Examination.Nothing
            : new Examination([], $"a crashing process: {programs.Sum(p => p.Result.EventCount)} exits seen in {string.Join(", ", programs.Select(p => $"{p.Key} ({p.Window})"))}, none by a fatal signal"
                + $" and none repeated with an error{(programs.All(p => p.IsWhole) ? "" : " in the sample")}");
    }

    private static string? How(TraceEvent e) =>
        e.Text("signal") is { } signal && Fatal.Contains(signal) ? signal
        : e.Number("exit_code") is > 0 and var code ? $"exit code {code:0}"
        : null;

    private static Finding Judge(CaseFile file, string name, string how, ProgramReading program, List<TraceEvent> exits)
    {
        var fatal = Fatal.Contains(how);
        var pids = exits.Select(e => e.ProcessId).Distinct().ToList();
        var pointed = file.PointsAt(name, pids);
        var related = file.Kinds.HasFlag(IssueKind.Process);
        var parent = exits.Select(e => e.Text("parent_process_name")).FirstOrDefault(p => p is not null);
        var lifetimes = exits.Select(e => e.Number("lifetime_ms")).OfType<double>().Order().ToList();
        var life = lifetimes.Count > 0 ? $", after {lifetimes[lifetimes.Count / 2]:0} ms of life (median)" : "";
        var count = program.IsWhole ? $"{exits.Count}" : $"at least {exits.Count}";
        var loop = exits.Count >= Often;

        return new Finding
        {
            Cause = $"{CaseFile.Describe(name, pids)} {(fatal ? $"crashes with {how}" : $"ends with {how}")}: {count} times in {program.Window}{life}"
                + (loop && parent is not null ? $"; {parent} starts it again each time." : "."),
            Evidence = [$"{program.Key}: {count} exits of {name} with {how}{life}{(parent is null ? "" : $", parent {parent}")} ({program.Result.EventCount} exits in all in {program.Window})."],
            Fix =
            [
                fatal
                    ? $"Get the core dump (`coredumpctl info {pids[^1]}`, or what `/proc/sys/kernel/core_pattern` names) and its stack; the kernel log names the faulting address and library."
                    : $"Read the last lines of {name}'s own log or of `journalctl` before it ends: the exit code says that it gave up by itself.",
                loop ? $"Stop the restart loop ({parent ?? "the supervisor"}) while you look, and compare with the last version or configuration that worked." : "Compare with the last version or configuration that worked.",
            ],
            Confidence = fatal && (pointed > 0 || (related && loop)) ? Confidence.High : fatal && related ? Confidence.Medium : pointed > 0 ? Confidence.Medium : Confidence.Low,
            // An exit code tells that it failed, not why: a missing file or a refused connection found beside it explains more.
            Score = (fatal ? 35 : 15) + pointed + (related ? 15 : 0) + (loop ? 10 : 0),
        };
    }
}
