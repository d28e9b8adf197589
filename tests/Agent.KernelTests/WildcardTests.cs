using Sonde.Protocol;
using static Sonde.Tests.Kernel.Traces;

namespace Sonde.Tests.Kernel;

/// <summary>One request, many tracepoints, one result.</summary>
public sealed class WildcardTests
{
    [Fact]
    public async Task Matches_are_told_apart_by_target_and_decode_each_by_its_own_format()
    {
        var port = UnusedPort();
        using var shell = new GatedShell($"for i in {{1..9}}; do : > /dev/tcp/127.0.0.1/{port}; : < /nonexistent/x; done");

        var result = await TraceAsync(shell, Request("syscalls/sys_enter_*n*t*", shell) with { MaxEvents = 200 });

        AssertAddsUp(result);
        Assert.Equal("tracepoint:syscalls/sys_enter_*n*t*", result.Attached);
        Assert.Equal(9, result.Statistics!.ByKey.Single(key => key.Key == "target=syscalls/sys_enter_connect").Count);
        Assert.Equal(result.EventCount, result.Statistics.ByKey.Sum(key => key.Count));
        Assert.Equal(9, result.Events.Count(one => one.EventType == "sys_enter_connect" && (string?)one.Data["destination"] == $"127.0.0.1:{port}"));
        Assert.Equal(9, result.Events.Count(one => one.EventType == "sys_enter_openat" && (string?)one.Data["filename"] == "/nonexistent/x"));
    }

    [Fact]
    public async Task Whole_categories_attach_tracepoints_of_every_form()
    {
        using var shell = new GatedShell("for i in {1..6}; do ( : ); done");

        var result = await TraceAsync(shell, Request("sched:*", shell));

        AssertAddsUp(result);
        Assert.Contains(new KeyCount("target=sched/sched_process_fork", 6), result.Statistics!.ByKey);
        Assert.DoesNotContain(result.Notes, note => note.Contains("refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Both_halves_of_a_system_call_count_once()
    {
        using var shell = new GatedShell("for i in {1..4}; do : < /nonexistent/x; done");

        var result = await TraceAsync(shell, Request("syscalls/*_openat", shell));

        Assert.Equal(4, result.Statistics!.Errors["ENOENT"]);
        Assert.Equal("target=syscalls/sys_enter_openat", Assert.Single(result.Statistics.ByKey).Key);
    }

    [Fact]
    public async Task More_targets_than_one_program_takes_are_refused_with_a_way_to_narrow_them()
    {
        using var session = Start([new ProgramRequest { Name = "crowd", Type = ProbeType.Tracepoint, Target = "syscalls/*e*", Duration = 60 }]);

        var result = await StopAsync(session);

        Assert.Equal(ErrorCodes.InvalidRequest, result.Error!.Code);
        Assert.Matches("matches [0-9]+ tracepoints, and one program takes at most 200: narrow it; the commonest begin with syscalls/sys_enter_", result.Error.Message);
    }
}
