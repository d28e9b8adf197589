using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>A program that ends by a fatal signal, or again and again with an error.</summary>
internal sealed class CrashingProcess : IDetector
{
    // Shells and tests end with 1 all day; the same program failing this often within one window does not.
    private const int Often = 3;

    public Examination Examine(CaseFile file)
    {
        var programs = file.Ran("sched_process_exit").ToList();
        var crashes = FatalSignal.Read(file);
        if (programs.Count == 0 && crashes.Count == 0)
        {
            return Examination.Nothing;
        }

        var exits = programs.SelectMany(p => p.Events.Where(e => !e.IsThreadExit()).Select(e => (Program: p, Event: e))).ToList();
        var findings = crashes.GroupBy(c => (c.ProcessName, c.Signal)).Select(g => Crash(file, g.Key.ProcessName, g.Key.Signal, [.. g]))
            .Concat(exits
                .Where(x => x.Event.Number("exit_code") is > 0)
                .GroupBy(x => (x.Event.ProcessName, Code: x.Event.Number("exit_code")!.Value))
                .Where(g => g.Count() >= Often)
                .Select(g => Failure(file, g.Key.ProcessName, $"{g.Key.Code:0}", g.First().Program, [.. g.Select(x => x.Event)])))
            .OrderByDescending(f => f.Score)
            .ToList();

        // Without a code or a signal in the events there was nothing to tell a crash by.
        return findings.Count > 0 ? new Examination(findings)
            : exits.Count > 0 && exits.All(x => x.Event.Text("exit_code") is null && x.Event.Text("signal") is null) ? Examination.Nothing
            : new Examination([], $"a crashing process: {programs.Sum(p => p.Result.EventCount)} exits seen in {string.Join(", ", programs.Select(p => $"{p.Key} ({p.Window})"))}, none by a fatal signal"
                + $" and none repeated with an error{(programs.All(p => p.IsWhole) ? "" : " in the sample")}");
    }

    private static Finding Crash(CaseFile file, string name, string signal, List<FatalSignal> crashes)
    {
        var pids = crashes.Select(c => c.Pid).Distinct().ToList();
        var parent = crashes.Select(c => c.Parent).FirstOrDefault(p => p is not null);
        var pointed = Math.Max(file.PointsAt(name, pids), parent is null ? 0 : file.PointsAt(parent.Split(" (")[0], []));
        var related = file.About(IssueKind.Process);
        var lifetimes = crashes.Select(c => c.LifetimeMs).OfType<double>().Order().ToList();
        var life = lifetimes.Count > 0 ? $", after {lifetimes[lifetimes.Count / 2]:0} ms of life (median)" : "";
        var loop = pids.Count >= Often;
        var detail = crashes.Select(c => c.Detail).FirstOrDefault(d => d is not null);
        var window = file.Programs.FirstOrDefault(p => p.Key == crashes[0].Source)?.Window;
        var live = window is not null;
        var when = !live ? "within two minutes" : $"in {window}";

        var evidence = crashes.GroupBy(c => c.Source).Select(g => $"{g.Key}: {g.Count()} processes {name} ended by {signal}{life}{(parent is null ? "" : $", started by {parent}")}.").ToList();
        if (detail is not null)
        {
            evidence.Add($"kernel_log: \"{detail}\".");
        }

        return new Finding
        {
            Cause = $"{CaseFile.Describe(name, pids)} crashes with {signal}: {pids.Count} times {when}{life}"
                + (loop && live && parent is not null ? $"; {parent} starts it again each time." : loop && live ? "; something starts it again each time." : "."),
            Evidence = evidence,
            Fix =
            [
                $"Get the core dump (`coredumpctl info {pids[^1]}`, or what `/proc/sys/kernel/core_pattern` names) and its stack; the kernel log names the faulting address and library.",
                loop ? $"Stop the restart loop ({parent ?? "the supervisor"}) while you look, and compare with the last version or configuration that worked." : "Compare with the last version or configuration that worked.",
            ],
            // What the log alone still tells of may be over.
            Tied = pointed > 0,
            Confidence = pointed > 0 || (file.Says(IssueKind.Process) && loop && live) ? Confidence.High : related && live ? Confidence.Medium : Confidence.Low,
            Score = 35 + pointed + (related ? 15 : 0) + (loop ? 15 : 0) - (live ? 0 : 30),
        };
    }

    private static Finding Failure(CaseFile file, string name, string code, ProgramReading program, List<TraceEvent> exits)
    {
        var pids = exits.Select(e => e.ProcessId).Distinct().ToList();
        var pointed = file.PointsAt(name, pids);
        var related = file.About(IssueKind.Process);
        var parent = exits.Select(e => e.Text("parent_process_name")).FirstOrDefault(p => p is not null);
        var count = program.IsWhole ? $"{exits.Count}" : $"at least {exits.Count}";
        return new Finding
        {
            Cause = $"{CaseFile.Describe(name, pids)} ends with exit code {code}: {count} times in {program.Window}{(parent is null ? "." : $"; {parent} starts it again each time.")}",
            Evidence = [$"{program.Key}: {count} exits of {name} with exit code {code}{(parent is null ? "" : $", parent {parent}")} ({program.Result.EventCount} exits in all in {program.Window})."],
            Fix =
            [
                $"Read the last lines of {name}'s own log or of `journalctl` before it ends: the exit code says that it gave up by itself.",
                $"Stop the restart loop ({parent ?? "the supervisor"}) while you look, and compare with the last version or configuration that worked.",
            ],
            Tied = pointed > 0,
            Confidence = pointed > 0 ? Confidence.Medium : Confidence.Low,
            // An exit code tells that it failed, not why: a missing file or a refused connection found beside it explains more.
            Score = 15 + pointed + (related ? 15 : 0) + 10,
        };
    }
}
