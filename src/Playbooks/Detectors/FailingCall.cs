using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>
/// A system call that fails again and again in the process that the issue points at, and that no other detector knows: a socket that can't be bound, a folder that
/// can't be made, a file whose status can't be read.
/// </summary>
internal sealed class FailingCall : IDetector
{
    private const string ProofPrefix = "failing_";
    private const double ProofSeconds = 6;
    private const int FewestFailures = 3;

    // Their failures belong to other detectors, or are how they work.
    private static readonly string[] NotHere =
        ["open", "openat", "openat2", "connect", "futex", "ioctl", "readlink", "readlinkat", "epoll_wait", "epoll_pwait", "poll", "ppoll", "select", "wait4", "lseek", "rt_sigreturn", "restart_syscall"];

    private static readonly Dictionary<string, string> Meanings = new()
    {
        ["EACCES"] = "it may not",
        ["EPERM"] = "it may not",
        ["EADDRINUSE"] = "another socket has the address already",
        ["EROFS"] = "the file system is mounted read-only",
        ["EIO"] = "the device or file system fails",
        ["ENOMEM"] = "there is no memory for it, or a limit is reached",
        ["EDQUOT"] = "the quota is used up",
        ["ENOENT"] = "it does not exist",
        ["ENOTDIR"] = "a part of the path is no folder",
        ["ENOSPC"] = "there is no room, or a limit is reached",
        ["EEXIST"] = "it is there already",
        ["EFBIG"] = "the file would be larger than allowed",
        ["ENOTEMPTY"] = "the folder is not empty",
        ["EBUSY"] = "it is in use",
        ["ETXTBSY"] = "it is in use",
        ["EPIPE"] = "the other side has closed",
        ["ECONNRESET"] = "the other side has reset it",
    };

    private static readonly string[] Subjects = ["filename", "path", "pathname", "destination", "address", "newname", "oldname", "name"];

    public Examination Examine(CaseFile file)
    {
        var programs = file.Ran("sys_enter_*").ToList();
        if (programs.Count == 0)
        {
            return Examination.Nothing;
        }

        return new Examination(
        [
            .. programs
                .SelectMany(p => p.Events.Select(e => (Program: p, Event: e, Call: e.Text("syscall"), Error: e.Text("error"))))
                .Where(x => x.Call is not null && x.Error is not null && Meanings.ContainsKey(x.Error) && !NotHere.Contains(x.Call))
                .GroupBy(x => (x.Event.ProcessName, Call: x.Call!, Error: x.Error!))
                .Where(g => g.Count() >= FewestFailures)
                .Select(g => Judge(file, g.Key.ProcessName, g.Key.Call, g.Key.Error, g.First().Program, [.. g.Select(x => x.Event)]))
                .OfType<Finding>()
                .OrderByDescending(f => f.Score)
                .Take(2),
        ]);
    }

    private static Finding? Judge(CaseFile file, string name, string call, string error, ProgramReading program, List<TraceEvent> failures)
    {
        var pids = failures.Select(e => e.ProcessId).Distinct().ToList();
        var pointed = file.PointsAt(name, pids);
        if (pointed == 0)
        {
            return null;
        }

        var id = ProofPrefix + call + "_" + pids[^1];
        var proof = file.Programs.FirstOrDefault(p => p.Result.Error is null && p.Result.ProgramName == id);
        var subject = proof?.Events.Where(e => e.Text("error") == error).Select(Subject).FirstOrDefault(s => s is not null);
        if (subject is not null && OpenNoise.IsUsual(subject))
        {
            return null;
        }

        var process = CaseFile.Describe(name, pids);
        var count = program.IsWhole ? $"{failures.Count}" : $"at least {failures.Count}";
        var on = subject is null ? "" : $" on {subject}";
        var evidence = new List<string> { $"{program.Key}: {count} calls of {call} by {process} failed with {error} in {program.Window} ({program.CountOfError(error)} such failures on the host)." };
        if (proof is not null)
        {
            evidence.Add($"{proof.Key}: {proof.CountOfError(error)} calls of {call} failed with {error} in {proof.Window}{(subject is null ? "" : $", for example on {subject}")}.");
        }

        return new Finding
        {
            Cause = $"{process}, uid {string.Join(", ", failures.Select(e => e.UserId).Distinct().Take(3))}, fails in {call}{on}: {count} calls in {program.Window} ended in {error}, {Meanings[error]}.",
            Evidence = evidence,
            Fix =
            [
                $"Find what {name} tries there: `strace -f -e {call} -p {pids[^1]}`, its configuration and its log.",
                error is "EACCES" or "EPERM" ? $"Give the user of {name} the right it lacks (mode and owner, a capability, the sandbox settings of its unit), or let it use what it may."
                    : error == "EADDRINUSE" ? "See who holds the address (`ss -tulnp`), and stop it or choose another."
                    : $"Put right what {error} complains of, and check that the call succeeds.",
            ],
            Tied = true,
            Confidence = subject is not null ? Confidence.High : Confidence.Medium,
            Score = 15 + pointed + (error == "ENOENT" ? 0 : 10) + (subject is not null ? 10 : 0) + (file.About(IssueKind.Files | IssueKind.Process) ? 5 : 0),
            Proof = proof is null && !file.Asked(id) ? new FollowUp([],
            [
                new ProgramRequest
                {
                    Name = id,
                    Type = ProbeType.Tracepoint,
                    Target = $"syscalls/sys_enter_{call}",
                    Duration = ProofSeconds,
                    Filters = pids.Count == 1 ? new ProgramFilters { Pid = pids[0], ErrorsOnly = true } : new ProgramFilters { Comm = name, ErrorsOnly = true },
                    Description = $"what {name} calls {call} on",
                },
            ]) : null,
        };
    }

    private static string? Subject(TraceEvent e) =>
        Subjects.Select(e.Text).FirstOrDefault(t => t is { Length: > 1 });
}
