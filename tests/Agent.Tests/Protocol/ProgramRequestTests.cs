using Sonde.Protocol;

namespace Sonde.Tests.Protocol;

public sealed class ProgramRequestTests
{
    [Theory]
    [InlineData("kprobe", "tcp_connect", ProbeType.Kprobe, "tcp_connect")]
    [InlineData("p", "tcp_connect()", ProbeType.Kprobe, "tcp_connect")]
    [InlineData("fentry", "kprobe:tcp_connect", ProbeType.Kprobe, "tcp_connect")]
    [InlineData("r", "tcp_connect(struct sock *sk)", ProbeType.Kretprobe, "tcp_connect")]
    [InlineData("fexit", "vfs_*", ProbeType.Kretprobe, "vfs_*")]
    [InlineData("Kretprobe", "kretprobe/vfs_read", ProbeType.Kretprobe, "vfs_read")]
    [InlineData("tracepoint", "syscalls/sys_enter_connect", ProbeType.Tracepoint, "syscalls/sys_enter_connect")]
    [InlineData("t", "syscalls:sys_enter_connect", ProbeType.Tracepoint, "syscalls/sys_enter_connect")]
    [InlineData("tp", "tracepoint:syscalls:sys_enter_connect", ProbeType.Tracepoint, "syscalls/sys_enter_connect")]
    [InlineData("tracepoint", "tracepoint/syscalls/sys_enter_connect", ProbeType.Tracepoint, "syscalls/sys_enter_connect")]
    [InlineData("tracepoint", "sys_enter_connect", ProbeType.Tracepoint, "syscalls/sys_enter_connect")]
    [InlineData("tracepoint", "/sys/kernel/tracing/events/sched/sched_switch", ProbeType.Tracepoint, "sched/sched_switch")]
    [InlineData("tracepoint", "sched_switch", ProbeType.Tracepoint, "sched_switch")]
    [InlineData("tracepoint", "raw_syscalls/sys_enter", ProbeType.Tracepoint, "raw_syscalls/sys_enter")]
    [InlineData("tracepoint", "syscalls/sys_enter_*", ProbeType.Tracepoint, "syscalls/sys_enter_*")]
    [InlineData("kprobe", "foo.isra.0", ProbeType.Kprobe, "foo.isra.0")]
    public void Targets_are_accepted_in_every_common_spelling(string type, string target, ProbeType expectedType, string expectedTarget)
    {
        var request = ProgramRequestReader.Read(type, target, []);

        Assert.Null(request.Fault);
        Assert.Empty(request.Notes);
        Assert.Equal((expectedType, expectedTarget), (request.Type, request.Target));
    }

    [Theory]
    [InlineData("kretprobe", "kprobe:tcp_connect", ProbeType.Kprobe, "tcp_connect")]
    [InlineData("kprobe", "tracepoint:sched:sched_switch", ProbeType.Tracepoint, "sched/sched_switch")]
    [InlineData("kprobe", "syscalls/sys_enter_openat", ProbeType.Tracepoint, "syscalls/sys_enter_openat")]
    [InlineData("kprobe", "sys_enter_openat", ProbeType.Tracepoint, "syscalls/sys_enter_openat")]
    [InlineData("kprobe", "sched:sched_switch", ProbeType.Tracepoint, "sched/sched_switch")]
    [InlineData("kprobe", "nf_conntrack:nf_ct_get", ProbeType.Kprobe, "nf_ct_get")]
    [InlineData(null, "tcp_connect", ProbeType.Kprobe, "tcp_connect")]
    [InlineData(null, "mptcp/subflow_check_data_avail", ProbeType.Tracepoint, "mptcp/subflow_check_data_avail")]
    public void What_the_target_says_wins_over_the_type_and_is_noted(string? type, string target, ProbeType expectedType, string expectedTarget)
    {
        var request = ProgramRequestReader.Read(type, target, []);

        Assert.Null(request.Fault);
        Assert.Single(request.Notes);
        Assert.Equal((expectedType, expectedTarget), (request.Type, request.Target));
    }

    [Theory]
    [InlineData("uprobe", "/bin/bash:readline", "user space")]
    [InlineData("kprobe", "usdt:x", "user space")]
    [InlineData("lsm", "file_open", "unknown type 'lsm'")]
    [InlineData("kprobe", "tcp_connect; rm -rf /", "no kernel function")]
    [InlineData("kprobe", "tcp_connect+0x10", "no kernel function")]
    [InlineData("tracepoint", "a/b/c", "no tracepoint")]
    [InlineData("tracepoint", "sched/", "no tracepoint")]
    public void A_target_that_cannot_be_meant_is_an_invalid_request(string type, string target, string message)
    {
        var fault = ProgramRequestReader.Read(type, target, []).Fault;

        Assert.Equal(ErrorCodes.InvalidRequest, fault?.Code);
        Assert.Contains(message, fault!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 1.0, 1)]
    [InlineData("-5", 1.0, 1)]
    [InlineData("500", 300.0, 1)]
    [InlineData("1e999", 300.0, 1)]
    [InlineData("NaN", 15.0, 1)]
    [InlineData("2.5", 2.5, 0)]
    [InlineData("2m", 120.0, 0)]
    [InlineData(null, 15.0, 0)]
    public void Durations_are_clamped_with_a_note(string? written, double expected, int notes)
    {
        var request = Trace(("duration", written));

        Assert.Null(request.Fault);
        Assert.Equal(expected, request.Duration);
        Assert.Equal(notes, request.Notes.Count);
    }

    [Theory]
    [InlineData("1000", 200, 1)]
    [InlineData("-1", 0, 1)]
    [InlineData("many", 20, 1)]
    [InlineData("50", 50, 0)]
    public void The_sample_size_is_clamped_with_a_note(string written, int expected, int notes)
    {
        var request = Trace(("max_events", written));

        Assert.Equal(expected, request.MaxEvents);
        Assert.Equal(notes, request.Notes.Count);
    }

    [Fact]
    public void Every_filter_is_read()
    {
        var request = Trace(
            ("pid", "1"), ("tid", "2"), ("ppid", "3"), ("uid", "0"), ("comm", "nginx"), ("cgroup", "/system.slice"), ("min_latency_us", "100"), ("errors_only", "true"));

        Assert.Null(request.Fault);
        Assert.Empty(request.Notes);
        Assert.Equal(
            new ProgramFilters { Pid = 1, Tid = 2, Ppid = 3, Uid = 0, Comm = "nginx", Cgroup = "/system.slice", MinLatencyUs = 100, ErrorsOnly = true },
            request.Filters);
    }

    [Theory]
    [InlineData("a-very-long-process-name", "a-very-long-pro")]
    [InlineData("ééééééééé", "ééééééé")]
    public void A_long_comm_is_cut_as_the_kernel_cuts_it(string written, string expected)
    {
        var request = Trace(("comm", written));

        Assert.Equal(expected, request.Filters.Comm);
        Assert.Contains("15 bytes", Assert.Single(request.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("port", "5432", "unknown filter 'port'; supported are pid, tid, ppid, comm, uid, cgroup, min_latency_us, errors_only")]
    [InlineData("pid", "nginx", "filters.pid 'nginx'")]
    [InlineData("pid", "1.5", "filters.pid '1.5'")]
    [InlineData("pid", "99999999999", "filters.pid '99999999999'")]
    [InlineData("uid", "root", "filters.uid 'root'")]
    [InlineData("errors_only", "maybe", "errors_only")]
    [InlineData("comm", "a\nb", "filters.comm")]
    public void A_filter_that_cannot_be_applied_fails_the_program_and_is_never_left_out(string filter, string value, string message)
    {
        var fault = Trace((filter, value)).Fault;

        Assert.Equal(ErrorCodes.InvalidRequest, fault?.Code);
        Assert.Contains(message, fault!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pid", "0")]
    [InlineData("uid", "-1")]
    [InlineData("comm", "")]
    [InlineData("comm", "*")]
    public void A_filter_that_names_nothing_is_noted_and_not_applied(string filter, string value)
    {
        var request = Trace((filter, value));

        Assert.Null(request.Fault);
        Assert.Single(request.Notes);
        Assert.Equal(new ProgramFilters(), request.Filters);
    }

    [Fact]
    public void A_bad_program_is_answered_and_the_good_ones_stay()
    {
        var programs = Programs(
            """
            {"name":"a","type":"kprobe","target":"tcp_connect","filters":{"port":1}},
            {"name":"b","type":"kprobe"},
            7,
            {"name":"d","type":"kprobe","target":"vfs_read"}
            """);

        Assert.Equal([false, false, false, true], programs.Select(program => program.Fault is null));
        Assert.StartsWith("$.ebpf_programs[0]: unknown filter", programs[0].Fault!.Message, StringComparison.Ordinal);
        Assert.Contains("target is missing", programs[1].Fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_beside_filters_narrows_the_program_too()
    {
        var program = Assert.Single(Programs("""{"name":"a","type":"kprobe","target":"tcp_connect","pid":7}"""));

        Assert.Equal(7, program.Filters.Pid);
        Assert.Contains("belongs into filters", Assert.Single(program.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_made_safe_and_unique()
    {
        var programs = Programs(
            """
            {"name":"TCP Connect!","type":"kprobe","target":"a"}, {"name":"tcp_connect","type":"kprobe","target":"b"},
            {"type":"tracepoint","target":"sched/sched_switch"}, {"name":"../../x","type":"kprobe","target":"c"},
            {"name":"ééé","type":"kprobe","target":"d"}, {"name":"a_name_that_is_far_longer_than_thirty_two_characters","type":"kprobe","target":"e"},
            {"name":"a_name_that_is_far_longer_than_thirty_two_letters","type":"kprobe","target":"e"}
            """);

        Assert.Equal(
            [
                "tcp_connect", "tcp_connect_2", "sched_sched_switch", "x", "program",
                "a_name_that_is_far_longer_than_t", "a_name_that_is_far_longer_than_2",
            ],
            programs.Select(program => program.Name));
        Assert.Equal([1, 1, 0, 1, 1, 1, 1], programs.Select(program => program.Notes.Count));
    }

    [Fact]
    public void Sixteen_programs_run_in_a_round_and_the_rest_are_told_so()
    {
        var faulty = """{"name":"bad","type":"kprobe"}""";
        var good = """{"name":"p","type":"kprobe","target":"f"}""";
        var programs = Programs(string.Join(',', [faulty, .. Enumerable.Repeat(good, 18)]));

        Assert.Equal(16, programs.Count(program => program.Fault is null));
        Assert.Equal(19, programs.Count);
        Assert.Contains("at most 16", programs[^1].Fault!.Message, StringComparison.Ordinal);
    }

    private static ProgramRequest Trace(params (string Name, string? Value)[] options) =>
        ProgramRequestReader.Read("kprobe", "f", options.Select(option => KeyValuePair.Create(option.Name, option.Value)));

    private static IReadOnlyList<ProgramRequest> Programs(string items) =>
        Assert.IsType<DiagnosticAnswer>(ModelReplyReader.Read($$"""{"ebpf_programs":[{{items}}]}""")).Plan.EbpfPrograms;
}
