using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>
/// Threads that spend their time waiting for one lock. Idle threads wait as well, for work: a lock shows itself by threads that wait at an address and wake
/// others at that same address.
/// </summary>
internal sealed class LockContention : IDetector
{
    private const string ProofPrefix = "locks_of_";
    private const double ProofSeconds = 6;
    private const int FewestWaits = 6;

    public Examination Examine(CaseFile file)
    {
        var programs = file.Ran("sys_enter_futex").ToList();
        if (programs.Count == 0)
        {
            return Examination.Nothing;
        }

        var findings = programs.Where(p => !p.Result.ProgramName.StartsWith(ProofPrefix, StringComparison.Ordinal))
            .SelectMany(p => p.Events.Where(IsLongWait).GroupBy(e => (e.ProcessId, Address: e.Text("address"))).Select(g => (Program: p, g.Key.ProcessId, g.Key.Address, Events: g.ToList())))
            .Where(g => g.Address is not null && g.Events.Count >= FewestWaits && g.Events.Select(e => e.ThreadId).Distinct().Count() > 1)
            .Select(g => Judge(file, g.Program, g.ProcessId, g.Address!, g.Events))
            .OrderByDescending(f => f.Score)
            .Take(3)
            .ToList();
        return findings.Any(f => f.IsCause || f.Proof is not null) ? new Examination(findings)
            : new Examination(findings, $"lock contention: no process with threads that hand one lock on among those that waited in {string.Join(", ", programs.Select(p => p.Key))}");
    }

    private static bool IsLongWait(TraceEvent e) =>
        IsWait(e) && e.Text("error") is null or "EAGAIN" && e.Text("timeout") is null or "0x0" or "0";

    // Decoded by name, or the number with the private flag (128) and the realtime flag (256).
    private static bool IsWait(TraceEvent e) => Operation(e) is "0" or "9" || e.Text("operation")?.Contains("WAIT", StringComparison.Ordinal) == true;

    private static bool IsWake(TraceEvent e) => Operation(e) is "1" or "10" || e.Text("operation")?.Contains("WAKE", StringComparison.Ordinal) == true;

    private static string? Operation(TraceEvent e) => e.Number("operation") is { } number ? $"{(int)number & 127}" : null;

    private static Finding Judge(CaseFile file, ProgramReading program, int pid, string address, List<TraceEvent> waits)
    {
        var name = file.NameOf(pid) ?? waits[0].ProcessName;
        var pointed = Math.Max(file.PointsAt(name, [pid]), waits.Max(e => file.PointsAt(e.ProcessName, [pid])));
        var threads = waits.Select(e => e.ThreadId).ToHashSet();
        var waited = waits.Sum(e => e.Number("latency_us") ?? e.Number("age_us") ?? 0) / 1e6;
        var median = waits.Select(e => e.Number("latency_us") ?? e.Number("age_us") ?? 0).Order().ElementAt(waits.Count / 2) / 1000;

        var proof = file.Ran("sys_enter_futex").FirstOrDefault(p => p.Result.ProgramName == ProofPrefix + pid);
        var atLock = proof?.Events.Where(e => e.Text("address") == address && e.ProcessId == pid).ToList() ?? [];
        var waiting = atLock.Where(IsWait).Select(e => e.ThreadId).ToHashSet();
        var waking = atLock.Where(IsWake).Select(e => e.ThreadId).ToHashSet();
        var handing = waiting.Intersect(waking).Count();
        var related = file.About(IssueKind.Performance | IssueKind.Process);
        var handed = handing >= 2;

        var evidence = new List<string>
        {
            $"{program.Key}: {threads.Count} threads of {name} (pid {pid}) waited at futex {address} at least {waits.Count} times in {program.Window}, {median:0.#} ms each in the median, {waited:0.#} s together in the sample.",
        };
        if (proof is not null)
        {
            evidence.Add($"{proof.Key}: at {address} {waiting.Count} threads waited and {waking.Count} woke others in the sample; {handing} did both{(handed ? ": they hand one lock on" : "")}.");
        }

        return new Finding
        {
            Cause = $"{threads.Count} threads of {name} (pid {pid}) contend for one lock (futex {address}): each wait takes {median:0.#} ms in the median, and {waited:0.#} s of waiting were seen in a sample of {waits.Count} waits within {program.Window}.",
            Evidence = evidence,
            Fix =
            [
                $"See who holds it and for how long: `gdb -p {pid} -batch -ex 'thread apply all bt'`, a profiler with off-CPU stacks, or the runtime's own lock statistics.",
                "Hold the lock for shorter (no I/O, no sleep, no logging under it), split it, or use fewer threads: more of them only wait.",
            ],
            Tied = pointed > 0,
            Confidence = handed && pointed > 0 ? Confidence.High : handed && related ? Confidence.Medium : Confidence.Low,
            Score = 20 + (handed ? 20 : proof is not null ? -10 : 0) + pointed + (related ? 15 : -10) + (waits.Count >= 20 ? 5 : 0) - (pointed == 0 && !file.Says(IssueKind.Performance | IssueKind.Process) ? 10 : 0),
            Proof = proof is null && !file.Asked(ProofPrefix + pid) ? new FollowUp([],
            [
                new ProgramRequest
                {
                    Name = ProofPrefix + pid,
                    Type = ProbeType.Tracepoint,
                    Target = "syscalls/sys_enter_futex",
                    Duration = ProofSeconds,
                    Filters = new ProgramFilters { Pid = pid },
                    Description = $"all futex calls of {name}: do the threads that wait also wake others there?",
                    MaxEvents = ProgramRequest.LargestMaxEvents,
                },
            ]) : null,
        };
    }
}
