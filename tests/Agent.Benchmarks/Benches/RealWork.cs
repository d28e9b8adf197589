using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Sonde.Benchmarks.Measuring;
using Sonde.Benchmarks.Subjects;

namespace Sonde.Benchmarks.Benches;

/// <summary>make -j2 of a C project on both CPUs while the hottest targets of the kernel are probed at once; how much slower it is, and whether every match is accounted for.</summary>
internal static class RealWork
{
    private const int Files = 60;
    private const double MostSlowdown = 1.1;

    // Work that takes a minute a round is not worth nine of them.
    private const int MostRounds = 7;

    private const string BpftraceScript = """
        tracepoint:sched:sched_switch { @switches[comm] = count(); }
        tracepoint:syscalls:sys_enter_read { @reads[comm] = count(); }
        tracepoint:kmem:kmalloc { @kmalloc[comm] = count(); }
        tracepoint:raw_syscalls:sys_enter { @syscalls[comm] = count(); }
        """;

    public static void Run(Workshop workshop, BenchTable table)
    {
        var project = Path.Combine(workshop.Scratch, "project");
        WriteProject(project);
        Build(project);
        var governed = new List<string>();
        var accounted = true;
        var variants = new List<(string, Func<double>)>
        {
            ("nothing", () => Build(project)),
            ("sonde", () => Observed(() => Peers.Execute(workshop, null, Peers.Usual, [Function("schedule"), Function("vfs_read"), Peers.Program("kmem/kmalloc"), Peers.Program("syscalls/sys_enter_*")]), Check)),
        };
        if (workshop.Bpftrace is not null)
        {
            variants.Add(("bpftrace", () => Observed(() => Peers.Bpftrace(workshop, null, BpftraceScript), static _ => { })));
        }

        var seconds = Rounds.Run(Math.Min(workshop.Rounds, MostRounds), variants);
        var slower = Series.Ratios(seconds["sonde"], seconds["nothing"]);
        var peer = seconds.TryGetValue("bpftrace", out var theirs) ? Series.Ratios(theirs, seconds["nothing"]).Spell(" ×", "0.00") : "not installed";
        table.Add(new Row(
            "make -j2 with schedule, vfs_read, kmem/kmalloc, sys_enter_* probed", slower.Spell(" ×", "0.00"), $"bpftrace counting by comm {peer}", "",
            $"≤ {MostSlowdown:0.0} × ({new Series(seconds["nothing"]).Median:0.0} s)", slower.Median <= MostSlowdown));
        table.Add(Row.Check("matches of that run accounted for", accounted ? "all" : "not all", "matched = delivered + sampled_out + lost", accounted));
        table.Add(Row.Inform("the overhead governor's decisions in that run", governed.Count == 0 ? "none" : string.Join("; ", governed.Distinct().Take(4))));

        double Observed(Func<Observer> start, Action<Usage> check)
        {
            using var observer = start();
            var elapsed = Build(project);
            check(observer.Stop());
            return elapsed;
        }

        void Check(Usage usage)
        {
            foreach (var result in Peers.Results(usage))
            {
                if (result["error"] is { } error)
                {
                    throw new InvalidOperationException($"{result["target"]}: {error["message"]}");
                }

                var counts = result["counts"]!;
                accounted &= (long)counts["matched"]! == (long)counts["delivered"]! + (long)counts["sampled_out"]! + (long)counts["lost"]!;
                governed.AddRange(result["notes"]!.AsArray().Select(static note => (string)note!)
                    .Where(static note => note.Contains("budget", StringComparison.OrdinalIgnoreCase)).Select(note => $"{result["target"]}: {note}"));
            }
        }
    }

    private static JsonObject Function(string name)
    {
        var program = Peers.Program(name);
        program["type"] = "kprobe";
        return program;
    }

    private static double Build(string project)
    {
        var clock = Stopwatch.StartNew();

        // This process is pinned; what it measures here is not.
        using var make = Process.Start(new ProcessStartInfo("taskset", ["-c", "0,1", "make", "-s", "-j2", "-B", "-C", project]))!;
        make.WaitForExit();
        return make.ExitCode == 0 ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException("the project does not build");
    }

    private static void WriteProject(string folder)
    {
        Directory.CreateDirectory(folder);
        for (var file = 0; file < Files; file++)
        {
            var functions = Enumerable.Range(0, 40).Select(n => string.Create(CultureInfo.InvariantCulture, $$"""
                static int step{{n}}(struct node *node, const char *text)
                {
                	for (size_t i = 0; text[i]; i++)
                		node->sum = node->sum * {{31 + n}} + text[i] % {{n + 7}};
                	if (node->sum % {{n + 3}} == 0)
                		snprintf(node->name, sizeof(node->name), "%s-%d", text, node->sum);
                	return node->next ? step{{Math.Max(0, n - 1)}}(node->next, node->name) : node->sum;
                }

                """));
            File.WriteAllText(Path.Combine(folder, $"unit{file}.c"), $$"""
                #include <errno.h>
                #include <math.h>
                #include <netdb.h>
                #include <pthread.h>
                #include <stdio.h>
                #include <stdlib.h>
                #include <string.h>
                #include <sys/socket.h>
                struct node { struct node *next; int sum; char name[64]; };
                {{string.Concat(functions)}}
                int unit{{file}}(const char *text) { struct node node = {0}; return step39(&node, text); }
                """);
        }

        var units = string.Join(' ', Enumerable.Range(0, Files).Select(static file => $"unit{file}.o"));
        File.WriteAllText(Path.Combine(folder, "Makefile"), $"CFLAGS = -O2 -w\nall: {units}\n");
    }
}
