using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sonde.Kernel;
using Sonde.Protocol;
using static Sonde.Tests.Kernel.Traces;

namespace Sonde.Tests.Kernel;

/// <summary>Real programs on this machine's kernel against processes that do a known number of known things.</summary>
public sealed class TracerTests
{
    [Fact]
    public async Task Opens_of_a_missing_file_are_counted_and_decoded_to_the_last_one()
    {
        using var shell = new GatedShell("for i in {1..25}; do : < /nonexistent/sonde-test; done");

        var result = await TraceAsync(shell, Request("syscalls/sys_enter_openat", shell) with { MaxEvents = 200 });

        Assert.Equal(25, result.Statistics!.Errors["ENOENT"]);
        var opens = result.Events.Where(one => (string?)one.Data["filename"] == "/nonexistent/sonde-test").ToList();
        Assert.Equal(25, opens.Count);
        Assert.All(opens, one =>
        {
            Assert.Equal(shell.Pid, one.ProcessId);
            Assert.Equal("sys_enter_openat", one.EventType);
            Assert.Equal("bash", one.ProcessName);
            Assert.Equal("O_RDONLY", (string?)one.Data["flags"]);
            Assert.Equal("ENOENT", (string?)one.Data["error"]);
            Assert.Equal(-2, (long?)one.Data["return_value"]);
            Assert.True((double)one.Data["latency_us"]! > 0);
        });
        AssertAddsUp(result);
    }

    [Fact]
    public async Task Refused_connects_carry_their_destination_and_error()
    {
        var port = UnusedPort();
        using var shell = new GatedShell($"for i in {{1..7}}; do : > /dev/tcp/127.0.0.1/{port}; done");

        var result = await TraceAsync(shell, Request("syscalls/sys_enter_connect", shell));

        Assert.Equal(7, result.EventCount);
        Assert.Equal(7, result.Events.Count);
        Assert.All(result.Events, one =>
        {
            Assert.Equal($"127.0.0.1:{port}", (string?)one.Data["destination"]);
            Assert.Equal("ipv4", (string?)one.Data["family"]);
            Assert.Equal("ECONNREFUSED", (string?)one.Data["error"]);
        });
        var key = Assert.Single(result.Statistics!.ByKey);
        Assert.Equal(($"destination=127.0.0.1:{port}", 7), (key.Key, key.Count));
        Assert.Equal(7, key.Errors!["ECONNREFUSED"]);
        Assert.True(key.MeanUs > 0 && key.MeanUs <= key.MaxUs);
        Assert.Equal([new ProcessCount(shell.Pid, "bash", 7)], result.Statistics.ByProcess);
        AssertAddsUp(result);
    }

    [Fact]
    public async Task The_exit_of_a_system_call_answers_with_the_whole_call()
    {
        var port = UnusedPort();
        using var shell = new GatedShell($": > /dev/tcp/127.0.0.1/{port}");

        var result = await TraceAsync(shell, Request("syscalls/sys_exit_connect", shell));

        var only = Assert.Single(result.Events);
        Assert.Equal("sys_exit_connect", only.EventType);
        Assert.Equal($"127.0.0.1:{port}", (string?)only.Data["destination"]);
        Assert.Equal("ECONNREFUSED", (string?)only.Data["error"]);
    }

    [Fact]
    public async Task Ipv6_destinations_are_bracketed()
    {
        var port = UnusedPort();
        using var shell = new GatedShell($": > /dev/tcp/::1/{port}");

        var result = await TraceAsync(shell, Request("syscalls/sys_enter_connect", shell));

        Assert.Contains(result.Events, one => (string?)one.Data["destination"] == $"[::1]:{port}" && (string?)one.Data["family"] == "ipv6");
    }

    [Fact]
    public async Task Programs_run_side_by_side_in_one_window()
    {
        var port = UnusedPort();
        using var shell = new GatedShell($"for i in {{1..5}}; do : < /nonexistent/x; ( : ); : > /dev/tcp/127.0.0.1/{port}; done");

        var results = await TraceAsync(
            shell,
            [Request("syscalls/sys_enter_openat", shell), Request("sched/sched_process_fork", shell), Request("syscalls/sys_enter_connect", shell)]);

        Assert.Equal(5, results[0].Statistics!.Errors["ENOENT"]);
        Assert.Equal(5, results[1].EventCount);
        Assert.All(results[1].Events, one => Assert.Equal(shell.Pid, (long?)one.Data["parent_process_id"]));
        Assert.Equal(5, results[2].EventCount);
        Assert.All(results, AssertAddsUp);
    }

    [Fact]
    public async Task Other_processes_are_filtered_out_and_counted_as_filtered()
    {
        using var wanted = new GatedShell("for i in {1..3}; do : < /nonexistent/wanted; done");
        using var decoy = new GatedShell("for i in {1..11}; do : < /nonexistent/decoy; done");

        using var session = Start([Request("syscalls/sys_enter_openat", wanted)]);
        decoy.Run();
        wanted.Run();
        var result = await StopAsync(session);

        Assert.Equal(3, result.Statistics!.Errors["ENOENT"]);
        Assert.DoesNotContain(result.Events, one => (string?)one.Data["filename"] == "/nonexistent/decoy");
        Assert.True(result.Counts.Filtered >= 11, $"11 opens of the decoy, {result.Counts.Filtered} filtered");
    }

    [Fact]
    public async Task A_comm_filter_matches_the_process_by_its_name()
    {
        var name = $"sonde{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)[^3..]}t";
        using var shell = new GatedShell($"printf {name} > /proc/$$/comm; for i in {{1..4}}; do : < /nonexistent/comm; done");

        using var session = Start([new ProgramRequest
        {
            Name = "opens",
            Type = ProbeType.Tracepoint,
            Target = "syscalls/sys_enter_openat",
            Filters = new ProgramFilters { Comm = name },
            Duration = 60,
        }]);
        shell.Run();
        var result = await StopAsync(session);

        Assert.Equal(4, result.Statistics!.Errors["ENOENT"]);
        Assert.All(result.Events, one => Assert.Equal(name, one.ProcessName));
    }

    [Fact]
    public async Task Errors_only_counts_only_failed_calls()
    {
        using var shell = new GatedShell("for i in {1..6}; do : < /dev/null; : < /nonexistent/x; done");
        var request = Request("syscalls/sys_enter_openat", shell);

        var result = await TraceAsync(shell, request with { Filters = request.Filters with { ErrorsOnly = true } });

        Assert.Equal(6, result.EventCount);
        Assert.True(result.Counts.Filtered >= 6);
        Assert.All(result.Events, one => Assert.Equal("ENOENT", (string?)one.Data["error"]));
        AssertAddsUp(result);
    }

    [Fact]
    public async Task A_call_that_hangs_through_the_window_is_in_progress_with_its_age()
    {
        using var shell = new GatedShell("echo ready; read never");
        using var session = Start([Request("syscalls/sys_enter_read", shell)]);
        shell.Open();
        Assert.Equal("ready", shell.ReadLine());
        await UntilAsync(() => File.ReadAllText($"/proc/{shell.Pid}/syscall").StartsWith("0 ", StringComparison.Ordinal));

        var result = await StopAsync(session);

        var hanging = Assert.Single(result.Events, one => (bool?)one.Data["in_progress"] == true);
        Assert.True((double)hanging.Data["age_us"]! > 0);
        Assert.Null(hanging.Data["return_value"]);
        AssertAddsUp(result);
    }

    [Fact]
    public async Task A_hot_target_is_counted_whole_and_sampled()
    {
        using var shell = new GatedShell("exec dd if=/dev/zero of=/dev/null bs=1 count=50000 status=none");

        var result = await TraceAsync(shell, Request("syscalls/sys_enter_*", shell));

        Assert.True(result.EventCount >= 100_000, $"50,000 reads and writes, {result.EventCount} counted");
        Assert.True(result.Counts.SampledOut > 0);
        Assert.Equal(ProgramRequest.DefaultMaxEvents, result.Events.Count);
        Assert.Equal(result.EventCount, result.Statistics!.ByProcess.Sum(process => process.Count));
        Assert.Equal(result.EventCount, result.Statistics.ByKey.Sum(key => key.Count));
        Assert.All(["syscall=read", "syscall=write"], key => Assert.True(result.Statistics.ByKey.Single(one => one.Key == key).Count >= 50_000));
        Assert.All(result.Statistics.ByKeyAndProcess!, one => Assert.Equal((shell.Pid, "dd"), (one.ProcessId, one.ProcessName)));
        AssertAddsUp(result);
    }

    [Fact]
    public async Task Counts_only_sends_no_single_event()
    {
        using var shell = new GatedShell("for i in {1..9}; do : < /nonexistent/x; done");

        var result = await TraceAsync(shell, Request("syscalls/sys_exit_openat", shell) with { Aggregate = Aggregation.Counts });

        Assert.Empty(result.Events);
        Assert.Equal(0, result.Counts.Delivered);
        Assert.Equal(9, result.Statistics!.Errors["ENOENT"]);
        Assert.Equal(9, result.Statistics.ByKey.Single(key => key.Key == "filename=/nonexistent/x").Errors!["ENOENT"]);
        AssertAddsUp(result);
    }

    [Fact]
    public async Task Counting_entries_alone_needs_no_exit_and_says_so()
    {
        using var shell = new GatedShell("for i in {1..9}; do : < /nonexistent/x; done");

        var result = await TraceAsync(shell, Request("syscalls/sys_enter_openat", shell) with { Aggregate = Aggregation.Counts });

        Assert.Equal(9, result.Statistics!.ByKey.Single(key => key.Key == "filename=/nonexistent/x").Count);
        Assert.Null(result.Statistics.LatencyUs);
        Assert.Contains(result.Notes, note => note.Contains("sys_exit_", StringComparison.Ordinal));
        AssertAddsUp(result);
    }

    [Fact]
    public async Task A_connect_to_a_function_is_seen_by_the_function_or_by_what_honestly_stands_in_for_it()
    {
        var port = UnusedPort();
        using var shell = new GatedShell($"for i in {{1..4}}; do : > /dev/tcp/127.0.0.1/{port}; done");

        var result = await TraceAsync(shell, Request("tcp_connect", shell) with { Type = ProbeType.Kprobe });

        Assert.Equal(4, result.EventCount);
        Assert.All(result.Events, one =>
        {
            Assert.Equal("tcp_connect", one.EventType);
            Assert.Equal($"127.0.0.1:{port}", (string?)one.Data["destination"]);
        });
        Assert.True(
            result.Attached is "fentry:tcp_connect" or "kprobe:tcp_connect"
            || (result.Attached == "tracepoint:sock/inet_sock_set_state" && result.Notes.Any(note => note.Contains("stands in for tcp_connect", StringComparison.Ordinal))),
            result.Attached);
    }

    [Theory]
    [InlineData("syscalls/sys_enter_rmdir")]
    [InlineData("syscalls/sys_exit_symlinkat")]
    [InlineData("syscalls/sys_enter_rename*")]
    public async Task A_probe_that_nothing_hits_is_proved_by_a_call_of_the_agents_own_that_no_figure_includes(string target)
    {
        using var session = Start([new ProgramRequest { Name = "quiet", Type = ProbeType.Tracepoint, Target = target, Duration = 60 }]);

        var result = await StopAsync(session);

        Assert.Null(result.Error);
        Assert.Equal(new EventCounts(), result.Counts);
        Assert.Empty(result.Statistics!.ByProcess);
        Assert.Contains("The probe works: a call that the agent made itself", result.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_that_the_agent_cannot_hit_says_that_nothing_proves_it()
    {
        using var session = Start([new ProgramRequest { Name = "quiet", Type = ProbeType.Tracepoint, Target = "oom/mark_victim", Duration = 60 }]);

        Assert.Contains("nothing else proves", (await StopAsync(session)).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_target_is_answered_with_nearest_names_beside_the_ones_that_run()
    {
        using var shell = new GatedShell(":");
        var results = await TraceAsync(
            shell,
            [Request("syscalls/sys_enter_opennat", shell), Request("tcp_conect", shell) with { Type = ProbeType.Kprobe }, Request("sched/sched_process_exit", shell)]);

        Assert.Equal(ErrorCodes.UnknownTarget, results[0].Error!.Code);
        Assert.Contains("syscalls/sys_enter_openat", results[0].Error!.Suggestions);
        Assert.Equal(ErrorCodes.UnknownTarget, results[1].Error!.Code);
        Assert.Contains("tcp_connect", results[1].Error!.Suggestions);
        Assert.Null(results[2].Error);
        Assert.Equal(1, results[2].EventCount);
    }

    [Fact]
    public async Task Nothing_of_the_kernels_stays_open_after_a_session()
    {
        using var shell = new GatedShell(":");
        using (var session = Start([Request("sched/sched_switch", shell), Request("syscalls/sys_enter_openat", shell)]))
        {
            Assert.NotEmpty(OpenKernelObjects());
            _ = await session.CompleteAsync(new CancellationToken(canceled: true));
        }

        Assert.Empty(OpenKernelObjects());
    }

    // Maps, programs, links and perf events, each an anonymous inode of this process.
    private static List<string> OpenKernelObjects() =>
    [
        .. Directory.EnumerateFiles("/proc/self/fd")
            .Select(path => new FileInfo(path).LinkTarget)
            .OfType<string>()
            .Where(target => target.Contains("bpf", StringComparison.Ordinal) || target.Contains("perf_event", StringComparison.Ordinal)),
    ];

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(5, deadline.Token);
        }
    }
}
