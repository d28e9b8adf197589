using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>A process stuck in uninterruptible sleep, or behind another's file lock.</summary>
internal sealed class BlockedProcess : IDetector
{
    public Examination Examine(CaseFile file)
    {
        var blocked = file.Command("blocked");
        if (blocked is null)
        {
            return Examination.Nothing;
        }

        var findings = BlockedTask.Read(blocked).Where(t => t.Looks > 1 && t.Seen >= t.Looks - 1).GroupBy(t => t.Pid).Select(g => Sleeping(file, [.. g]))
            .Concat(FileLockWait.Read(file.Command("file_locks")).GroupBy(w => (w.Holder, w.Inode)).Select(g => Locked(file, [.. g])))
            .OrderByDescending(f => f.Score)
            .ToList();
        return findings.Count > 0 ? new Examination(findings)
            : Examination.RuledOutBy(file, "a stuck process: no task stayed in uninterruptible sleep over four looks in 6 s (blocked), none waits for a file lock (file_locks)", "blocked", "file_locks");
    }

    private static Finding Sleeping(CaseFile file, List<BlockedTask> tasks)
    {
        var main = tasks[0];
        var name = file.NameOf(main.Pid) ?? main.Name;
        var pointed = Math.Max(file.PointsAt(name, [main.Pid]), file.PointsAt(main.Name, [main.Pid]));
        var related = file.About(IssueKind.Process | IssueKind.Files | IssueKind.Performance);
        var always = main.Seen == main.Looks;
        var vfork = main.WaitsIn is "kernel_clone" or "_do_fork" or "do_fork" or "wait_for_vfork_done";
        var where = main.WaitsIn is "-" or "0" ? "" : $" in the kernel function {main.WaitsIn}";
        var on = main.File is null ? "" : $", on {main.File}";
        return new Finding
        {
            Cause = $"{main.Name} (pid {main.Pid}) is stuck in uninterruptible sleep (state D){where}{on}: so at {main.Seen} of {main.Looks} looks over 6 s"
                + (tasks.Count > 1 ? $", with {tasks.Count} of its threads" : "")
                + (vfork ? "; it waits for a child made by vfork() that neither executes a program nor ends." : "."),
            Evidence = [.. tasks.Take(3).Select(t => $"blocked: {t.Name} (pid {t.Pid}, thread {t.ThreadId}) was in state D at {t.Seen} of {t.Looks} looks, waiting{(t.WaitsIn is "-" or "0" ? "" : $" in {t.WaitsIn}")}{(t.File is null ? "" : $" on {t.File}")}.")],
            Fix =
            [
                $"See what it waits for: `cat /proc/{main.ThreadId}/stack`, `cat /proc/{main.Pid}/wchan`, and the kernel log for hung tasks and failing devices.",
                vfork
                    ? $"Find the child (`pgrep -P {main.Pid}`) and see why it does not go on; ending it frees the parent."
                    : "Signals don't reach it: only the device, file system or server that it waits for frees it. Check the mount (a frozen or unreachable file system, `mount`, `fsfreeze -u`), NFS and FUSE servers, and the disk.",
            ],
            Tied = pointed > 0,
            Confidence = always && pointed > 0 ? Confidence.High : always && related ? Confidence.Medium : Confidence.Low,
            Score = 25 + (always ? 15 : 0) + pointed + (related ? 15 : 0) + (file.Kinds.HasFlag(IssueKind.Process) ? 10 : 0),
        };
    }

    private static Finding Locked(CaseFile file, List<FileLockWait> waits)
    {
        var main = waits[0];
        var what = main.Path ?? $"inode {main.Inode}";
        var pointed = Math.Max(file.PointsAt(main.WaiterName, [.. waits.Select(w => w.Waiter)]), file.PointsAt(main.HolderName, [main.Holder]));
        pointed = Math.Max(pointed, main.Path is null ? 0 : file.PointsAt(main.Path));
        var named = main.Path is not null && file.Facts.NamesFile(main.Path);
        var steady = waits.Any(w => w.Steady);
        var holder = main.Holder < 0 ? "an open file that several processes may share" : main.HolderName == "-" ? $"process {main.Holder}, which is gone (a child inherited the lock)," : $"{main.HolderName} (pid {main.Holder})";
        var waiters = CaseFile.Describe(main.WaiterName, [.. waits.Select(w => w.Waiter).Distinct()]);
        return new Finding
        {
            Cause = $"{waiters} waits for a lock on {what} that {holder} holds ({main.Kind}).",
            Evidence = [$"file_locks: {waits.Count} processes wait for the {main.Kind} lock on {what} (inode {main.Inode}), held by {holder.TrimEnd(',')}{(steady ? ", and waited five seconds before" : "")}."],
            Fix =
            [
                $"See what {holder.TrimEnd(',')} does with the lock: is it stuck itself, or a leftover of a run that should have ended?",
                $"End it if it is a leftover; otherwise let {main.WaiterName} wait with a timeout, or hold the lock for shorter.",
            ],
            Tied = named || pointed > 0,
            Confidence = pointed > 0 || named ? Confidence.High : file.About(IssueKind.Process | IssueKind.Performance | IssueKind.Files) ? Confidence.Medium : Confidence.Low,
            // To wait for a lock is how locks work: alone, it is no cause.
            Score = 25 + pointed + (named ? 30 : 0) + (steady ? 15 : 0) + (file.Kinds.HasFlag(IssueKind.Process) ? 15 : file.About(IssueKind.Performance | IssueKind.Files) ? 5 : 0),
        };
    }
}
