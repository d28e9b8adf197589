using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>A file system without space or without inodes.</summary>
internal sealed class FullFileSystem : IDetector
{
    private const double FullPercent = 99;

    public Examination Examine(CaseFile file)
    {
        var space = DiskLine.Read(file.Command("disk_space"));
        var inodes = DiskLine.Read(file.Command("disk_inodes"));
        if (space.Count == 0)
        {
            return Examination.Nothing;
        }

        var failures = file.Programs.Where(p => p.Result.Error is null && p.CountOfError("ENOSPC") > 0).ToList();
        var findings = space.Where(IsFull).Select(l => Judge(file, l, "disk_space", "space", space, failures))
            .Concat(inodes.Where(IsFull).Select(l => Judge(file, l, "disk_inodes", "inodes", inodes, failures)))
            .OrderByDescending(f => f.Score)
            .ToList();

        // The agent sees its own mounts: what a process in a mount namespace of its own writes to is looked at from there.
        if (!findings.Any(f => f.Score >= Finding.SuspectScore) && failures.SelectMany(p => p.Events).FirstOrDefault(e => e.Text("error") == "ENOSPC") is { } failed)
        {
            return new Examination([ElsewhereFull(file, failed, failures), .. findings]);
        }

        var fullest = space.MaxBy(l => l.UsedPercent)!;
        return new Examination(findings, findings.Count > 0 || !file.IsWhole("disk_space") ? null : $"a full disk: the fullest file system is {fullest.Mount} at {fullest.UsedPercent:0} % (disk_space)");
    }

    private static bool IsFull(DiskLine line) => line.UsedPercent >= FullPercent;

    private static Finding Judge(CaseFile file, DiskLine line, string command, string what, IReadOnlyList<DiskLine> all, List<ProgramReading> failures)
    {
        var named = file.Facts.Paths.Any(p => DiskLine.MountOf(all, p) == line.Mount);
        var files = file.Kinds.HasFlag(IssueKind.Files);
        var left = what == "space" ? $"{line.Available / 1024.0:0.#} of {line.Total / 1024.0:0.#} MiB" : $"{line.Available} of {line.Total} inodes";
        var events = failures.SelectMany(p => p.Events).Where(e => e.Text("error") == "ENOSPC").ToList();

        var evidence = new List<string> { $"{command}: {line.Mount} ({line.Device}) has {left} left, {line.UsedPercent:0.#} % used." };
        evidence.AddRange(failures.Select(p => $"{p.Key}: {p.CountOfError("ENOSPC")} calls failed with ENOSPC in {p.Window}{Who(p)}."));

        var score = 25.0 + (files ? 20 : 0) + (failures.Count > 0 ? 40 : 0) + (named ? 20 : 0) + (line.Mount is "/" or "/var" or "/tmp" ? 5 : 0);
        return new Finding
        {
            Cause = $"The file system {line.Mount} is out of {what}: {left} left"
                + (events.Count > 0 ? $", and {CaseFile.Describe(events[0].ProcessName, [.. events.Where(e => e.ProcessName == events[0].ProcessName).Select(e => e.ProcessId).Distinct()])} fails with ENOSPC." : "."),
            Evidence = evidence,
            Fix = what == "space"
                ?
                [
                    $"Find what fills it: `du -xhd1 {Plans.Shell.Quote(line.Mount)} | sort -h`, and deleted files still held open: `lsof +L1 {Plans.Shell.Quote(line.Mount)}`.",
                    "Remove or move what is not needed (old logs, caches, images), or enlarge the file system.",
                    "Rotate or cap whatever grew.",
                ]
                :
                [
                    $"Find the folder with very many small files: `du -x --inodes -d1 {Plans.Shell.Quote(line.Mount)} | sort -n`.",
                    "Remove them (sessions, mail queues, caches), and stop what makes them; the number of inodes of an ext4 file system is fixed when it is made.",
                ],
            Tied = named || events.Any(e => file.PointsAt(e.ProcessName, [e.ProcessId]) > 0),
            Confidence = failures.Count > 0 ? Confidence.High : files || named ? Confidence.Medium : Confidence.Low,
            Score = score,
        };
    }

    private static Finding ElsewhereFull(CaseFile file, TraceEvent failed, List<ProgramReading> failures)
    {
        var pid = failed.ProcessId;
        var id = $"file_systems_of_{pid}";
        var full = OutputLines.Tagged(file.Command(id), "fs", 6).Where(w => w.Length == 6 && OutputLines.Number(w[2]) > 0 && (OutputLines.Number(w[3]) == 0 || (OutputLines.Number(w[4]) > 0 && OutputLines.Number(w[5]) == 0))).ToList();
        var main = full.Count > 0 ? full[0] : null;
        var inodes = main is not null && OutputLines.Number(main[3]) > 0;
        var process = CaseFile.Describe(failed.ProcessName, [pid]);
        var count = failures.Max(p => p.CountOfError("ENOSPC"));
        var what = main is null ? "a file system (or a limit) that the agent can't see from where it is"
            : $"the file system {main[1]}, as that process sees it: out of {(inodes ? $"inodes, 0 of {main[4]} left" : $"space, 0 of {main[2]} blocks left")}";
        return new Finding
        {
            Cause = $"{process} fails with ENOSPC, {count} times in {failures[0].Window}, for want of room on {what}.",
            Evidence =
            [
                .. failures.Select(p => $"{p.Key}: {p.CountOfError("ENOSPC")} calls failed with ENOSPC in {p.Window}{Who(p)}."),
                .. full.Select(w => $"{id}: {w[1]} has {w[3]} of {w[2]} blocks and {w[5]} of {w[4]} inodes left."),
            ],
            Fix =
            [
                $"Look at it from inside: `nsenter -t {pid} -m df -h` and `df -i`; remove what is not needed, or enlarge it (the volume's or tmpfs's size).",
                "Where no file system is full, a limit is: a quota (`repquota -a`), fs.inotify.max_user_watches, keys, semaphores (`ipcs -u`).",
            ],
            Tied = file.PointsAt(failed.ProcessName, [pid]) > 0,
            Confidence = main is not null ? Confidence.High : Confidence.Medium,
            Score = 35 + file.PointsAt(failed.ProcessName, [pid]) + (file.About(IssueKind.Files) ? 10 : 0) + (main is not null ? 20 : 0),
            Proof = file.Asked(id) ? null : new FollowUp(
                [
                    new CommandRequest
                    {
                        Id = id,
                        Command = $"grep -vE ' - (proc|sysfs|cgroup2?|devpts|mqueue|tracefs|securityfs|debugfs|bpf|devtmpfs|squashfs) ' /proc/{pid}/mountinfo | cut -d ' ' -f 5 | sort -u | head -n 40 | "
                            + $"while read -r m; do echo \"fs $m $(stat -f -c '%b %a %c %d' \"/proc/{pid}/root$m\" 2>/dev/null)\"; done",
                        Description = $"room on the file systems that {failed.ProcessName} sees",
                    },
                ],
                []),
        };
    }

    private static string Who(ProgramReading program) =>
        program.Events.FirstOrDefault(e => e.Text("error") == "ENOSPC") is { } first ? $", for example {first.ProcessName} (pid {first.ProcessId})" : "";
}
