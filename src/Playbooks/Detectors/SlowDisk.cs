using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>A block device that takes its time for every request.</summary>
internal sealed class SlowDisk : IDetector
{
    private const double SlowMs = 40;
    private const double VerySlowMs = 150;
    private const double StalledPercent = 10;

    public Examination Examine(CaseFile file)
    {
        var disks = DiskActivity.Read(file.Command("vitals"));
        if (file.Command("vitals") is null)
        {
            return Examination.Nothing;
        }

        var stalled = file.Vitals?.Stalled("io_some");
        var slow = disks.Where(d => (d.WaitMs >= SlowMs && d.Requests >= 3) || (d.Requests == 0 && d.InFlight > 0 && d.BusyPercent > 90)).ToList();
        if (slow.Count == 0)
        {
            var worst = disks.Count > 0 ? disks[0] : null;
            return Examination.RuledOutBy(file, "a slow disk: "
                + (worst is null ? "no device had a request in 6 s" : $"the slowest device, {worst.Device}, answered {worst.Requests} requests in {worst.WaitMs:0.#} ms each")
                + $" (vitals){(stalled is { } s ? $", tasks stalled for disks {s:0.#} % of the time" : "")}", "vitals");
        }

        return new Examination([.. slow.Select(d => Judge(file, d, stalled)).OrderByDescending(f => f.Score)]);
    }

    private static Finding Judge(CaseFile file, DiskActivity disk, double? stalled)
    {
        var related = file.About(IssueKind.Performance | IssueKind.Files);
        var users = file.Ran("block_rq_issue", "block_rq_complete").SelectMany(p => p.Busiest.Where(b => b.ProcessId > 1).Select(b => (p.Key, b.ProcessName, b.ProcessId, b.Count)))
            .OrderByDescending(u => u.Count).Take(3).ToList();
        var waiting = BlockedTask.Read(file.Command("blocked"));
        var pointed = users.Select(u => file.PointsAt(u.ProcessName, [u.ProcessId])).Concat(waiting.Select(w => file.PointsAt(w.Name, [w.Pid]))).DefaultIfEmpty(0).Max();
        var stalls = stalled is >= StalledPercent;
        // Writeback of a burst makes a queue, and each request waits for those before it: a busy disk, not a slow one.
        var perRequest = disk.Requests > 0 ? disk.BusyPercent / 100 * disk.Seconds * 1000 / disk.Requests : disk.Seconds * 1000;
        var queueing = perRequest < SlowMs / 4;

        var evidence = new List<string>
        {
            disk.Requests > 0
                ? $"vitals: {disk.Device} answered {disk.Requests} requests in {disk.Seconds:0.#} s, {disk.WaitMs:0.#} ms each, and was busy {disk.BusyPercent:0} % of the time; {disk.InFlight} were under way at the end."
                : $"vitals: {disk.Device} answered no request in {disk.Seconds:0.#} s while {disk.InFlight} were under way.",
        };
        if (stalled is { } share)
        {
            evidence.Add($"vitals: tasks stalled for disks {share:0.#} % of the time (pressure stall information).");
        }

        // The kernel's own measure of every request, by device.
        foreach (var (program, key) in file.Ran("block_rq_issue").SelectMany(p => (p.Result.Statistics?.ByKey ?? []).Select(k => (p, k))).Where(x => x.k.Key == $"device={disk.Device}" && x.k.MeanUs is not null).Take(1))
        {
            evidence.Add($"{program.Key}: {key.Count} requests to {disk.Device} in {program.Window}, {key.MeanUs / 1000:0.#} ms each in the mean, the slowest {key.MaxUs / 1000:0.#} ms.");
        }

        if (users.Count > 0)
        {
            evidence.Add($"{users[0].Key}: requests by {string.Join(", ", users.Select(u => $"{u.ProcessName} (pid {u.ProcessId}) {u.Count}"))}.");
        }

        evidence.AddRange(waiting.Take(2).Select(w => $"blocked: {w.Name} (pid {w.Pid}) was in uninterruptible sleep at {w.Seen} of {w.Looks} looks, in {w.WaitsIn}{(w.File is null ? "" : $", on {w.File}")}."));
        return new Finding
        {
            Cause = disk.Requests == 0
                ? $"The disk {disk.Device} does not answer: {disk.InFlight} requests were under way and none ended in {disk.Seconds:0.#} s."
                : $"The disk {disk.Device} is {(queueing ? "overloaded" : "slow")}: {disk.Requests} requests took {disk.WaitMs:0} ms each over {disk.Seconds:0.#} s, busy {disk.BusyPercent:0} % of the time"
                    + (users.Count > 0 ? $"; most of them are of {users[0].ProcessName} (pid {users[0].ProcessId})." : "."),
            Evidence = evidence,
            Fix =
            [
                $"Look at the device itself: `dmesg | grep {disk.Device}`, `smartctl -a /dev/{disk.Device}`; on a virtual disk the limits and the health of the storage behind it.",
                "See whether limits hold it back: `io.max` or `blkio.throttle.*` of the control groups, throttling of the hypervisor or the cloud volume (burst credits).",
                users.Count > 0 ? $"If it is only overloaded, look at what {users[0].ProcessName} (pid {users[0].ProcessId}) writes and reads, and move or slow it down." : "If it is only overloaded, find what writes and reads: `pidstat -d 1`, `iotop -o`.",
            ],
            Tied = pointed > 0,
            Confidence = !related && pointed == 0 ? Confidence.Low : ((stalls && file.Says(IssueKind.Performance | IssueKind.Files)) || pointed > 0) && disk.WaitMs >= SlowMs && !queueing ? Confidence.High : Confidence.Medium,
            Score = 30 + (disk.WaitMs >= VerySlowMs || disk.Requests == 0 ? 15 : 5) + (stalls ? 15 : 0) + pointed + (related ? 15 : -10) - (queueing ? 15 : 0)
                - (file.Vitals?.Stalled("memory_some") is >= StalledPercent ? 25 : 0),
        };
    }
}
