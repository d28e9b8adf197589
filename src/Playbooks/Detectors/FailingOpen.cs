using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>An application that fails on a file which is missing or which it may not open.</summary>
internal sealed class FailingOpen : IDetector
{
    private const int MostCandidates = 3;

    // Below, it is what fails to open on every host.
    private const double WorthSaying = 20;

    public Examination Examine(CaseFile file)
    {
        var programs = file.Ran("sys_enter_openat", "sys_enter_openat2", "sys_enter_open").ToList();
        if (programs.Count == 0)
        {
            return Examination.Nothing;
        }

        var groups = programs
            .SelectMany(p => CallGroup.Of(p, "filename", outcome => outcome is "ENOENT" or "EACCES" or "EPERM" or "ENOTDIR" or "EROFS" or "ELOOP"))
            .GroupBy(g => (g.Subject, g.Outcome, g.ProcessName))
            .Select(g => g.OrderByDescending(c => c.Count).ToList())
            .ToList();

        var findings = groups
            .Select(calls => Judge(file, calls, programs))
            .Where(f => f.Score >= WorthSaying)
            .OrderByDescending(f => f.Score)
            .Take(MostCandidates)
            .ToList();

        var seen = $"{groups.Count} paths failed to open in {string.Join(", ", programs.Select(p => $"{p.Key} ({p.Result.EventCount} events in {p.Window})"))}";
        return findings.Any(f => f.IsCause)
            ? new Examination(findings)
            : new Examination(findings, $"a missing or unreadable file: {seen}, none of them tied to the issue");
    }

    private static Finding Judge(CaseFile file, List<CallGroup> calls, List<ProgramReading> programs)
    {
        var main = calls[0];
        var path = main.Subject;
        var pids = calls.SelectMany(c => c.Pids).Distinct().ToList();
        var status = PathStatus.Read(file, path);
        var denied = main.Outcome is "EACCES" or "EPERM";

        var named = file.Facts.NamesFile(path);
        var pointed = Math.Max(file.PointsAt(main.ProcessName, pids), file.PointsAt(path));
        var usual = OpenNoise.IsUsual(path);
        var applications = OpenNoise.IsApplicationFile(path);
        var files = file.Kinds.HasFlag(IssueKind.Files);
        var exits = FailedExits(file, pids);
        var elsewhere = OpenedElsewhere(programs, path, pids);
        var refuted = status is { Verdict: PathVerdict.Readable } || elsewhere is not null;

        // A steady retry or an exit right after it is how an application shows that it needs the file.
        var insists = main.Count >= 3 || exits > 0;
        var score = 10.0
            + (named ? 50 : 0) + pointed
            + (files ? 15 : file.Kinds.HasFlag(IssueKind.Process) || file.Kinds == IssueKind.Unknown ? 8 : 0)
            + (applications ? 12 : 0) + (denied ? 12 : 0) + (main.Count >= 3 ? 10 : 0) + (exits > 0 ? 20 : 0)
            + (status is { Verdict: PathVerdict.Missing or PathVerdict.Denied } ? 10 : 0)
            - (usual && !named ? 50 : 0) - (elsewhere is not null ? 60 : 0) - (status is { Verdict: PathVerdict.Readable } ? 25 : 0)
            - (insists || named || pointed > 0 ? 0 : 15) - (ContradictsWords(file.Issue, denied) ? 15 : 0)
            - (file.Kinds != IssueKind.Unknown && !files && !file.Kinds.HasFlag(IssueKind.Process) && !named && pointed == 0 ? 20 : 0);

        var tied = named || pointed > 0;
        var proved = status is { Verdict: PathVerdict.Missing or PathVerdict.Denied };
        var confidence = refuted || score < Finding.CauseScore ? Confidence.Low
            : proved && insists && tied ? Confidence.High
            : Confidence.Medium;

        return new Finding
        {
            Cause = Cause(main, pids, denied, exits, status),
            Evidence = Evidence(calls, exits, status, elsewhere),
            Fix = Fix(path, denied, main, status),
            Tied = named || pointed > 0,
            Confidence = confidence,
            Score = score,
            Proof = status is null && elsewhere is null && !file.Asked(PathStatus.Id(path)) ? PathStatus.Proof(main, pids) : null,
        };
    }

    // "Permission denied" in the issue and a file that does not exist are two stories, and the other way round.
    private static bool ContradictsWords(string issue, bool denied)
    {
        var saysDenied = Says("permission", "denied", "not allowed", "forbidden");
        var saysMissing = Says("missing", "not found", "no such file", "can't find", "cannot find");
        return saysDenied != saysMissing && saysDenied != denied;

        bool Says(params string[] words) => words.Any(w => issue.Contains(w, StringComparison.OrdinalIgnoreCase));
    }

    // Exits with an error, of the processes that failed to open.
    private static long FailedExits(CaseFile file, List<int> pids) =>
        file.Ran("sched_process_exit").SelectMany(p => p.Events).Count(e =>
            !e.IsThreadExit()
            && pids.Contains(e.ProcessId)
            && e.Number("exit_code") is > 0);

    // A file of the same name that the same process does open: the failure was one step of a search.
    private static TraceEvent? OpenedElsewhere(List<ProgramReading> programs, string path, List<int> pids)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return programs.SelectMany(p => p.Events).FirstOrDefault(e =>
            pids.Contains(e.ProcessId)
            && e.Text("error") is null
            && e.Number("return_value") is >= 0
            && e.Text("filename") is { } opened
            && (opened == name || opened.EndsWith("/" + name, StringComparison.Ordinal)));
    }

    private static string Cause(CallGroup main, List<int> pids, bool denied, long exits, PathStatus? status)
    {
        var process = CaseFile.Describe(main.ProcessName, pids);
        var user = main.Uids.Count == 1 ? $" as uid {main.Uids[0]}" : "";
        var what = denied ? $"may not open {main.Subject}" : main.Outcome == "ENOENT" ? $"can't find {main.Subject}" : $"can't open {main.Subject}";
        var why = status switch
        {
            { Verdict: PathVerdict.Missing, Parent: { } parent } => $" The file does not exist; the nearest folder that does is {parent}.",
            { Verdict: PathVerdict.Missing } => " The file does not exist.",
            { Verdict: PathVerdict.Denied, Line: { } line } => $" Its owner and mode: {line}.",
            { Verdict: PathVerdict.Readable, Line: { } line } => $" It exists by now: {line}.",
            _ => "",
        };
        var after = exits > 0 ? $", and {exits} of these processes ended with an error" : "";
        return $"{process}{user} {what}: {main.CountText} opens in {main.Program.Window} failed with {main.Outcome}{after}.{why}";
    }

    private static List<string> Evidence(List<CallGroup> calls, long exits, PathStatus? status, TraceEvent? elsewhere)
    {
        var evidence = calls.Select(c =>
            $"{c.Program.Key}: {c.CountText} opens of {c.Subject} by {CaseFile.Describe(c.ProcessName, c.Pids)}, uid {string.Join(", ", c.Uids)}, failed with {c.Outcome} in {c.Program.Window} "
            + $"({c.Program.Result.Target}, {c.Program.Result.EventCount} events in all).").ToList();
        if (exits > 0)
        {
            evidence.Add($"process_exits: {exits} of these processes ended with a non-zero exit code after it.");
        }

        if (status is not null)
        {
            evidence.Add($"{status.CommandId}: {status.Line}");
        }

        if (elsewhere is not null)
        {
            evidence.Add($"Against it: pid {elsewhere.ProcessId} did open {elsewhere.Text("filename")}.");
        }

        return evidence;
    }

    private static List<string> Fix(string path, bool denied, CallGroup main, PathStatus? status)
    {
        var quoted = Plans.Shell.Quote(path);
        if (denied)
        {
            var uid = main.Uids[0];
            return
            [
                $"Let uid {uid} (`getent passwd {uid}`) open {path}: it needs the right on the file and search (x) on every folder above it; `namei -l {quoted}` shows where it ends.",
                "Prefer a group that owns the file over opening it to everyone; where mode and owner look right, check ACLs (`getfacl`), SELinux or AppArmor, and the sandbox settings of the service's unit.",
                $"Restart {main.ProcessName} and check that the open succeeds.",
            ];
        }

        return
        [
            main.Outcome == "ENOENT"
                ? $"Put {path} back (from the package, the deployment or a backup), or point {main.ProcessName} to where the file really is{(status?.Parent is { } parent ? $"; look in {parent} for a renamed one" : "")}."
                : $"Look at {path} with `namei -l {quoted}`: {main.Outcome} means that a part of the path is not what the application expects.",
            "If it is missing in a container only, check the volume or config map that should provide it.",
            $"Restart {main.ProcessName} and check that the open succeeds.",
        ];
    }
}
