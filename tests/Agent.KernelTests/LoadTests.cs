using System.Globalization;
using Sonde.Protocol;
using Sonde.Tracing;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Overhead;
using static Sonde.Tests.Kernel.Traces;

namespace Sonde.Tests.Kernel;

/// <summary>Loads that know their own number against what was counted, sampled and lost: to the last one.</summary>
public sealed class LoadTests
{
    private static readonly TraceLimits Unbounded = new() { Overhead = new OverheadBudget(1e6) };

    // dd writes each block once and says nothing: a write a block, and no other.
    private static string Writes(int blocks) => $"dd if=/dev/zero of=/dev/null bs=1 count={blocks} status=none";

    [Fact]
    public async Task Four_producers_on_two_processors_overrun_a_small_ring_and_every_event_is_accounted_for()
    {
        const int Each = 60_000;
        using var shell = new GatedShell($"for cpu in 0 1 0 1; do taskset -c $cpu {Writes(Each)} & done; wait");
        var request = Request("syscalls/sys_enter_write", shell) with
        {
            Filters = new ProgramFilters { Ppid = shell.Pid },
            Aggregate = Aggregation.Events,
        };

        using var session = Start([request], Unbounded with { RingBytes = 64 * 1024 });
        shell.Run();
        var result = await StopAsync(session);

        AssertAddsUp(result);
        Assert.Equal(4 * Each, result.EventCount);
        Assert.Equal(0, result.Counts.SampledOut);
        Assert.True(result.Counts.Lost > 0, "a ring of 64 KiB took everything: nothing was overrun");
        Assert.Equal([Each, Each, Each, Each], result.Statistics!.ByProcess.Select(process => process.Count));
        Assert.Equal(4 * Each, result.Statistics.LatencyUs!.Count);
        Assert.Equal(4 * Each, result.Statistics.LatencyHistogram!.Sum(bucket => bucket.Count));
        Assert.Equal(4 * Each, result.Statistics.PerSecond.Sum());
    }

    [Fact]
    public async Task A_reader_that_gets_no_time_loses_events_and_no_count()
    {
        const int All = 40_000;
        using var shell = new GatedShell(Writes(All));
        using var starved = new StarvingSink();
        var request = Request("syscalls/sys_enter_write", shell) with { Aggregate = Aggregation.Events };

        using var session = Start([request], Unbounded, starved);
        shell.Run();
        starved.Release();
        var result = await StopAsync(session);

        AssertAddsUp(result);
        Assert.Equal(All, result.EventCount);
        Assert.True(result.Counts.Lost > 0, "the ring took all events of a reader that stood still");
        Assert.Equal(starved.Received, result.Counts.Delivered);
    }

    [Fact]
    public async Task Keys_beyond_the_table_are_counted_together_and_the_common_ones_exactly()
    {
        const int Distinct = 1500;
        using var shell = new GatedShell($"for i in {{1..700}}; do : < /nonexistent/common; done; for i in {{1..{Distinct}}}; do : < /nonexistent/rare$i; done");

        var result = await TraceAsync(shell, Request("syscalls/sys_enter_openat", shell));

        AssertAddsUp(result);
        var keys = result.Statistics!.ByKey;
        Assert.Equal(700, keys.Single(key => key.Key == "filename=/nonexistent/common").Count);
        Assert.Equal(700, keys.Single(key => key.Key == "filename=/nonexistent/common").Errors!["ENOENT"]);
        Assert.True(keys[^1] is { Key: "other", Count: >= Distinct - 9 }, $"the last key is {keys[^1]}");
        Assert.Equal(result.EventCount, keys.Sum(key => key.Count));
        Assert.Equal(700 + Distinct, result.Statistics.Errors["ENOENT"]);
    }

    [Fact]
    public async Task Calls_that_end_their_process_keep_no_place_among_those_in_flight()
    {
        const int Processes = 100;
        using var shell = new GatedShell($"for i in {{1..{Processes}}}; do (:); done");
        var exits = Request("syscalls/sys_enter_exit_group", shell) with { Filters = new ProgramFilters { Ppid = shell.Pid } };
        using var session = Start([Request("syscalls/sys_enter_*", shell) with { Filters = exits.Filters }, exits], Unbounded);
        shell.Run();
        var results = (await session.CompleteAsync(new CancellationToken(canceled: true))).Values.ToList();

        Assert.All(results, AssertAddsUp);
        Assert.Equal(Processes, results[0].Statistics!.ByKey.Single(static key => key.Key == "syscall=exit_group").Count);
        Assert.Equal(Processes, results[1].EventCount);
        Assert.DoesNotContain(results.SelectMany(static result => result.Events), static one => one.Data.ContainsKey("in_progress"));
        Assert.DoesNotContain(results[1].Events, static one => one.Data.ContainsKey("return_value"));
    }

    [Fact]
    public async Task The_one_failure_among_many_calls_is_in_the_sample()
    {
        using var shell = new GatedShell("for i in {1..20000}; do : < /dev/null; done; : < /nonexistent/once");

        var result = await TraceAsync(shell, Request("syscalls/sys_enter_openat", shell));

        AssertAddsUp(result);
        Assert.True(result.Counts.SampledOut > 0, "20,000 calls were not too many for the sample");
        Assert.Contains(result.Events, one => (string?)one.Data["filename"] == "/nonexistent/once" && (string?)one.Data["error"] == "ENOENT");
    }

    [Fact]
    public async Task A_program_that_costs_more_than_its_budget_is_silenced_then_detached_with_all_that_it_had()
    {
        using var shell = new GatedShell("exec dd if=/dev/zero of=/dev/null bs=1 status=none");
        using var session = Start([Request("syscalls/sys_enter_write", shell)], new TraceLimits { Overhead = new OverheadBudget(0.01) });
        shell.Open();

        var result = Assert.Single(await session.CompleteAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(55), TestContext.Current.CancellationToken)).Value;

        AssertAddsUp(result);
        Assert.True(result.EventCount > 0);
        Assert.NotEmpty(result.Events);
        Assert.True(result.EndTime - result.StartTime < TimeSpan.FromSeconds(50), "it ran to its end");
        Assert.Contains(result.Notes, note => note.Contains("no more sent as single events", StringComparison.Ordinal));
        Assert.Contains(result.Notes, note => note.Contains("detached early", StringComparison.Ordinal));
        Assert.True(result.Cost is { NsPerHit: > 0, CpuPercent: > 0.01 }, $"{result.Cost}");
        Assert.Equal(result.Counts.Matched + result.Counts.Filtered, result.Cost.Hits);
    }

    [Fact]
    public void No_program_takes_more_than_sixteen_mebibytes_of_the_kernels_memory()
    {
        using var shell = new GatedShell(":");
        var before = MapBytes();

        using var session = Start([Request("syscalls/sys_enter_execve", shell)]);

        Assert.Null(session.Programs[0].Error);
        Assert.InRange(MapBytes() - before, 1, 16 << 20);
    }

    // What the kernel charges for the maps of this process; several descriptors may stand for one.
    private static long MapBytes()
    {
        var maps = new Dictionary<string, long>();
        foreach (var file in Directory.GetFiles("/proc/self/fdinfo"))
        {
            try
            {
                var lines = File.ReadAllLines(file);
                if (Value(lines, "map_id:") is { } id)
                {
                    maps[id] = long.Parse(Value(lines, "memlock:")!, CultureInfo.InvariantCulture);
                }
            }
            catch (FileNotFoundException)
            {
                // Closed meanwhile.
            }
        }

        return maps.Values.Sum();
    }

    private static string? Value(string[] lines, string name) =>
        Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();

    /// <summary>Holds the reader's thread up at the first event until it is released.</summary>
    private sealed class StarvingSink : ITraceSink, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();

        public long Received { get; private set; }

        public void OnRecord(string key, EventDecoder decoder, ReadOnlySpan<byte> record, long windowEndNs)
        {
            _released.Wait();
            Received++;
        }

        public void Release() => _released.Set();

        public void Dispose() => _released.Dispose();
    }
}
