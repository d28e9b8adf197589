using System.Diagnostics;
using Sonde.Benchmarks.Measuring;
using Sonde.Benchmarks.Subjects;
using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing;
using Sonde.Tracing.Probes;

namespace Sonde.Benchmarks.Benches;

/// <summary>From the start of the process to its first event, and what memory it takes: one program beside bpftrace, and eight beside one.</summary>
internal static class Startup
{
    private const string Target = "syscalls/sys_enter_getppid";

    // What an operator doesn't notice.
    private const double MostMilliseconds = 150;
    private const double MostMiB = 64;

    private static readonly string[] Eight =
    [
        Target, "sched/sched_process_exec", "sched/sched_process_exit", "syscalls/sys_enter_connect", "syscalls/sys_enter_openat", "tcp/tcp_retransmit_skb",
        "irq/irq_handler_entry", "kmem/kmalloc",
    ];

    public static void Run(Workshop workshop, BenchTable table)
    {
        using var load = new Load(workshop, Workshop.LoadCpu);
        var variants = new List<(string, Func<Start>)>
        {
            ("sonde", () => UntilFirstEvent(load, () => Start("trace", "tracepoint", Target, "--json", "-d", "60"))),
            ("one", () => UntilReady([Target])),
            ("eight", () => UntilReady(Eight)),
        };
        if (workshop.Bpftrace is { } bpftrace)
        {
            variants.Add(("bpftrace", () => UntilFirstEvent(load, () => Observer.Start(
                workshop, Workshop.ToolCpu, keepOutput: true, bpftrace, "-B", "none", "-e", "tracepoint:syscalls:sys_enter_getppid { printf(\"{%d %s}\\n\", pid, comm); }"))));
        }

        var starts = Rounds.Run(workshop.Rounds, variants);
        var (sonde, peer) = (starts["sonde"], starts.GetValueOrDefault("bpftrace") ?? []);
        Compare("start to first event, one program", Milliseconds, " ms", 0.8);
        Compare("peak resident memory, one program", static one => one.PeakMiB, " MiB", 0.35);
        Bound("start to first event, one program", Milliseconds, " ms", MostMilliseconds);
        Bound("peak resident memory, one program", static one => one.PeakMiB, " MiB", MostMiB);
        List<double> eight = [.. starts["eight"].Select(Milliseconds)], one = [.. starts["one"].Select(Milliseconds)];
        table.Add(Row.Compare("start to attached and ready, eight programs beside one", new Series(eight).Spell(" ms"), $"one program {new Series(one).Spell(" ms")}", Series.Ratios(eight, one), 2));

        WhereItGoes(workshop, table);

        void Bound(string what, Func<Start, double> figure, string unit, double most)
        {
            var mine = new Series(sonde.Select(figure));
            table.Add(Row.Check(what, mine.Spell(unit), $"≤ {most:0}{unit}", mine.Median <= most));
        }

        void Compare(string what, Func<Start, double> figure, string unit, double most)
        {
            List<double> mine = [.. sonde.Select(figure)], others = [.. peer.Select(figure)];
            table.Add(Row.Compare(what, new Series(mine).Spell(unit), others.Count == 0 ? "bpftrace: not installed" : $"bpftrace {new Series(others).Spell(unit)}", Series.Ratios(mine, others), most));
        }

        Observer Start(params string[] arguments) => Observer.Start(workshop, Workshop.ToolCpu, keepOutput: true, [workshop.Binary, .. arguments]);

        Start UntilReady(IReadOnlyList<string> targets)
        {
            var clock = Stopwatch.StartNew();
            // Not pinned: programs are loaded side by side.
            using var observer = Peers.Execute(workshop, null, Peers.Usual, [.. targets.Select(static target => Peers.Program(target))]);
            var elapsed = clock.Elapsed;
            var usage = observer.Stop();
            if (Peers.Results(usage).Count(static result => result["error"] is null) != targets.Count)
            {
                throw new InvalidOperationException("not every program could be attached");
            }

            return new Start(elapsed, usage.PeakKiB / 1024.0);
        }
    }

    // The parts of a start, each as often as there are rounds: the process by itself, then what the agent does in it, in this process.
    private static void WhereItGoes(Workshop workshop, BenchTable table)
    {
        var request = new ProgramRequest { Name = "getppid", Type = ProbeType.Tracepoint, Target = Target, Duration = 60 };
        var parts = Rounds.Run(workshop.Rounds,
        [
            ("process and runtime", () => Timed(() => Observer.Start(workshop, Workshop.ToolCpu, keepOutput: false, workshop.Binary, "--version").Finish())),
            ("the kernel's types found and indexed", () => Timed(() => Btf.TryLoadKernel(out _))),
            ("the program's object, with the types that it refers to", () =>
            {
                var types = Btf.TryLoadKernel(out _);
                return Timed(() => new ProbeImage(() => types).Open(Mechanism.SyscallPair).Dispose());
            }),
            ("resolving, loading (the kernel verifies), attaching", () =>
            {
                // The second start of one tracer: what is read once has been read.
                var tracer = new Tracer(new KernelView());
                tracer.Start([request], sink: null).Dispose();
                ITraceSession? session = null;
                var taken = Timed(() => session = tracer.Start([request], sink: null));
                session!.Dispose();
                return taken;
            }),
        ]);
        table.Add(Row.Inform("where a start goes", string.Join("; ", parts.Select(static part => $"{part.Key} {new Series(part.Value).Spell(" ms", "0.0")}"))));
    }

    private static double Timed(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static double Milliseconds(Start start) => start.Elapsed.TotalMilliseconds;

    // The load calls all the time, a little: the first call that is seen ends the start, for the product and for the peer.
    private static Start UntilFirstEvent(Load load, Func<Observer> start)
    {
        var clock = Stopwatch.StartNew();
        using var observer = start();
        while (!observer.SoFar().Contains('{'))
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new InvalidOperationException("no event in 30 s");
            }

            load.Run(20, 1);
            Thread.Sleep(1);
        }

        var elapsed = clock.Elapsed;
        return new Start(elapsed, observer.Stop().PeakKiB / 1024.0);
    }

    private sealed record Start(TimeSpan Elapsed, double PeakMiB);
}
