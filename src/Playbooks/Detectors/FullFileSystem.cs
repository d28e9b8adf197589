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

        var fullest = space.MaxBy(l => l.UsedPercent)!;
        return new Examination(findings, findings.Count > 0 ? null : $"a full disk: the fullest file system is {fullest.Mount} at {fullest.UsedPercent:0} % (disk_space)");
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
            Confidence = failures.Count > 0 ? Confidence.High : files || named ? Confidence.Medium : Confidence.Low,
            Score = score,
        };
    }

    private static string Who(ProgramReading program) =>
        program.Events.FirstOrDefault(e => e.Text("error") == "ENOSPC") is { } first ? $", for example {first.ProcessName} (pid {first.ProcessId})" : "";
}
