using Sonde.Benchmarks.Measuring;
using Sonde.Benchmarks.Subjects;

namespace Sonde.Benchmarks.Benches;

/// <summary>What observing adds to a system call, in nanoseconds: the product beside a bare counter and bpftrace.</summary>
internal static class AddedCost
{
    private const string Target = "syscalls/sys_enter_getppid";

    // Half a millisecond: shorter than what a scheduler gives to others at a time, so that the median is of undisturbed chunks.
    private const int Calls = 2_000;

    public static void Run(Workshop workshop, BenchTable table)
    {
        using var load = new Load(workshop, Workshop.LoadCpu);
        var entry = Workshop.TracepointId("syscalls", "sys_enter_getppid");
        var exit = Workshop.TracepointId("syscalls", "sys_exit_getppid");
        load.Run(Calls, 500);

        var variants = new List<(string, Func<double>)>
        {
            ("counter", () => Added(load, Peers.Counter(workshop, "count", entry), 300, static _ => { })),
            ("two counters", () => Added(load, Peers.Counter(workshop, "count", entry, exit), 300, static _ => { })),
            ("two clocks", () => Added(load, Peers.Counter(workshop, "count_and_time", entry, exit), 300, static _ => { })),
            ("counts", () => Added(load, Execute(workshop, "counts"), 300, usage => CheckCount(usage, load))),
            ("auto", () => Added(load, Execute(workshop, "auto"), 300, usage => CheckCount(usage, load))),
            ("stream", () => Added(load, Peers.Stream(workshop, Workshop.ToolCpu, Target), 200, static _ => { })),
        };
        if (workshop.Bpftrace is not null)
        {
            variants.Add(("by comm", () => Added(load, Bpftrace(workshop, "@[comm] = count();"), 300, CheckHits)));
            variants.Add(("printf", () => Added(load, Bpftrace(workshop, "printf(\"%d %s\\n\", pid, comm);"), 40, CheckHits)));
        }

        if (workshop.Perf is not null)
        {
            variants.Add(("perf stat", () => Added(load, PerfStat(workshop), 300, static _ => { })));
        }

        var added = Rounds.Run(workshop.Rounds, variants);
        Compare("added per call: exact count, statistics by process (`counts`)", "counts", "counter", "bare C counter", 1.5);
        Compare("added per call: statistics, histogram, sample (`auto`)", "auto", "by comm", "bpftrace count by comm", 0.6);
        Floor("added per call: two bare C counters, at entry and exit", "two counters");
        Floor("added per call: two that read the clock too, the least that a latency takes", "two clocks");
        Compare("added per call: every event streamed (`trace --json`)", "stream", "printf", "bpftrace printf", 0.1);
        if (added.TryGetValue("perf stat", out var perf))
        {
            table.Add(Row.Inform("added per call: perf stat, count only", "", Spell(perf)));
        }

        // What no program that tells latency can be below, in the terms of the goal above.
        void Floor(string what, string name)
        {
            var ratios = added.TryGetValue("by comm", out var others) ? $"; {Series.Ratios(added[name], others).Spell("", "0.00")} of bpftrace count by comm" : "";
            table.Add(Row.Inform(what, "", Spell(added[name]) + ratios));
        }

        void Compare(string what, string name, string peer, string peerName, double most)
        {
            var others = added.GetValueOrDefault(peer) ?? [];
            table.Add(Row.Compare(what, Spell(added[name]), others.Count == 0 ? $"{peerName}: not installed" : $"{peerName} {Spell(others)}", Series.Ratios(added[name], others), most));
        }
    }

    private static string Spell(List<double> nanoseconds) => new Series(nanoseconds).Spell(" ns");

    // The unobserved call is measured right after: the machine's speed drifts.
    private static double Added(Load load, Observer observer, int chunks, Action<Usage> check)
    {
        using (observer)
        {
            var observed = load.Run(Calls, chunks);
            check(observer.Stop());
            return observed - load.Run(Calls, 300);
        }
    }

    private static Observer Execute(Workshop workshop, string aggregate) => Peers.Execute(workshop, Workshop.ToolCpu, Peers.Unlimited, Peers.Program(Target, aggregate));

    private static Observer Bpftrace(Workshop workshop, string action) =>
        Peers.Bpftrace(workshop, Workshop.ToolCpu, $"tracepoint:syscalls:sys_enter_getppid {{ {action} }}");

    private static Observer PerfStat(Workshop workshop)
    {
        var observer = Observer.Start(workshop, Workshop.ToolCpu, keepOutput: false, workshop.Perf!, "stat", "-a", "-e", "syscalls:sys_enter_getppid");

        // It says nothing when it begins to count.
        Thread.Sleep(500);
        return observer;
    }

    // A cheap figure of a program that did not count would be worth nothing.
    private static void CheckCount(Usage usage, Load load)
    {
        var counted = Peers.CountOf(Peers.Results(usage)[0], load.ProcessId);
        var made = load.LastRun;
        if (counted != made)
        {
            throw new InvalidOperationException($"the load made {made} calls, sonde counted {counted}");
        }
    }

    private static void CheckHits(Usage usage)
    {
        if (!usage.Output.Contains("load", StringComparison.Ordinal))
        {
            throw new InvalidOperationException("bpftrace saw no call of the load");
        }
    }
}
