using System.CommandLine;
using Sonde.Cli;
using Sonde.Protocol;

namespace Sonde.Tests.Cli;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("diagnose my app is slow")]
    [InlineData("diagnose --model builtin --max-rounds 3 --duration-limit 60 --context-budget 5000 --json --report /tmp/x issue")]
    [InlineData("diagnose -- --json is broken in my app")]
    [InlineData("diagnose @home is slow")]
    [InlineData("execute -")]
    [InlineData("execute plan.json --ready-file /tmp/ready --log-level debug")]
    [InlineData("trace kprobe tcp_connect -d 5 --pid 1 --tid 1 --ppid 1 --comm a --uid 0 --cgroup x --min-latency-us 5 --errors-only --max-events 5 --stack --aggregate counts --json --ready-file r")]
    [InlineData("trace kprobe:tcp_connect")]
    [InlineData("list")]
    [InlineData("list tcp_*")]
    [InlineData("check --json --endpoint http://localhost:1 --model m")]
    [InlineData("prompt")]
    [InlineData("schema")]
    [InlineData("tensorzero out --force")]
    [InlineData("--version")]
    public void The_lines_of_the_contract_parse(string line) => Assert.Empty(CommandLine.UsageErrors(Parse(line)));

    [Theory]
    [InlineData("")]
    [InlineData("diagnoze")]
    [InlineData("execute")]
    [InlineData("execute a b")]
    [InlineData("trace")]
    [InlineData("trace kprobe tcp_connect extra")]
    [InlineData("trace kprobe:tcp_connect --no-such-option")]
    [InlineData("diagnose --modle gpt my app is slow")]
    [InlineData("diagnose --max-rounds 0 issue")]
    [InlineData("diagnose --max-rounds many issue")]
    [InlineData("diagnose --context-budget 10 issue")]
    [InlineData("check --log-level loud")]
    [InlineData("tensorzero")]
    public void Other_lines_are_usage_errors(string line) => Assert.NotEmpty(CommandLine.UsageErrors(Parse(line)));

    [Fact]
    public void Filters_of_trace_are_read_as_a_models_are()
    {
        var request = TraceCommand.RequestOf(Parse(
            "trace kretprobe vfs_read -d 5 --pid 12 --tid 13 --ppid 14 --comm nginx --uid 33 --cgroup /system.slice --min-latency-us 1000 --errors-only --max-events 7 --stack --aggregate events"));

        Assert.Null(request.Fault);
        Assert.Equal(ProbeType.Kretprobe, request.Type);
        Assert.Equal("vfs_read", request.Target);
        Assert.Equal(5, request.Duration);
        Assert.Equal(7, request.MaxEvents);
        Assert.True(request.Stack);
        Assert.Equal(Aggregation.Events, request.Aggregate);
        Assert.Equal(
            new ProgramFilters { Pid = 12, Tid = 13, Ppid = 14, Comm = "nginx", Uid = 33, Cgroup = "/system.slice", MinLatencyUs = 1000, ErrorsOnly = true },
            request.Filters);
    }

    [Theory]
    [InlineData("trace kprobe:tcp_connect", ProbeType.Kprobe, "tcp_connect")]
    [InlineData("trace t:syscalls:sys_enter_connect", ProbeType.Tracepoint, "syscalls/sys_enter_connect")]
    [InlineData("trace tracepoint syscalls/sys_enter_connect", ProbeType.Tracepoint, "syscalls/sys_enter_connect")]
    public void A_target_may_carry_its_type(string line, ProbeType type, string target)
    {
        var request = TraceCommand.RequestOf(Parse(line));

        Assert.Equal((type, target), (request.Type, request.Target));
        Assert.Null(request.Fault);
    }

    [Fact]
    public void A_wrong_filter_value_is_a_fault_that_names_it()
    {
        var request = TraceCommand.RequestOf(Parse("trace kprobe:tcp_connect --pid many"));

        Assert.Equal(ErrorCodes.InvalidRequest, request.Fault?.Code);
        Assert.Contains("pid", request.Fault?.Message, StringComparison.Ordinal);
    }

    private static ParseResult Parse(string line) =>
        CommandLine.Build().Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), new ParserConfiguration { ResponseFileTokenReplacer = null });
}
