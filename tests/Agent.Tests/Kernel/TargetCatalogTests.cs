using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class TargetCatalogTests
{
    private static readonly string[] Functions =
    [
        "__sys_connect", "do_sys_openat2", "inet_stream_connect", "kernel_clone", "tcp_close", "tcp_conn_request", "tcp_connect", "tcp_sendmsg",
        "tcp_sendmsg_locked", "tcp_v4_connect", "tcp_v6_connect", "udp_sendmsg", "vfs_read", "vfs_readv", "vfs_write",
    ];

    private static readonly string[] Tracepoints =
    [
        "irq/irq_handler_entry", "sched/sched_process_exec", "sched/sched_process_exit", "sched/sched_switch", "syscalls/sys_enter_connect",
        "syscalls/sys_enter_openat", "syscalls/sys_exit_openat", "tcp/tcp_retransmit_skb",
    ];

    private readonly TargetCatalog _catalog = new(Tracepoints, Functions);

    [Theory]
    [InlineData("tcp_conect", "tcp_connect")]
    [InlineData("tcp_connect_v4", "tcp_v4_connect")]
    [InlineData("tcp_conect_v4", "tcp_v4_connect")]
    [InlineData("vfs_raed", "vfs_read")]
    [InlineData("VFS_READ", "vfs_read")]
    [InlineData("sys_connect", "__sys_connect")]
    [InlineData("openat2", "do_sys_openat2")]
    [InlineData("tcp_sendmsg_unlocked", "tcp_sendmsg_locked")]
    public void The_function_that_was_meant_comes_first(string wrong, string right) => Assert.Equal(right, _catalog.SuggestFunctions(wrong)[0]);

    [Theory]
    [InlineData("sched/sched_swich", "sched/sched_switch")]
    [InlineData("sched:sched_swich", "sched/sched_switch")]
    [InlineData("net/tcp_retransmit_skb", "tcp/tcp_retransmit_skb")]
    [InlineData("sys_enter_open", "syscalls/sys_enter_openat")]
    [InlineData("tcp/tcp_retransmit", "tcp/tcp_retransmit_skb")]
    [InlineData("sched/process_exit", "sched/sched_process_exit")]
    public void The_tracepoint_that_was_meant_comes_first(string wrong, string right) => Assert.Equal(right, _catalog.SuggestTracepoints(wrong)[0]);

    [Fact]
    public void Suggestions_are_few_and_never_unrelated()
    {
        Assert.Equal(2, _catalog.SuggestFunctions("vfs_rea", 2).Count);
        Assert.Empty(_catalog.SuggestFunctions("zzzzqqqq"));
        Assert.Empty(_catalog.SuggestFunctions(""));
        Assert.Empty(_catalog.SuggestFunctions(new string('a', 500)));
    }

    [Fact]
    public void A_name_listed_twice_is_suggested_once() =>
        Assert.Equal(["vfs_read"], NearestNames.Of("vfs_reed", ["vfs_read", "vfs_read"], 5));

    [Fact]
    public void A_star_matches_any_part_of_a_name()
    {
        Assert.Equal(["tcp_v4_connect", "tcp_v6_connect"], _catalog.MatchFunctions("tcp_v*_connect"));
        Assert.Equal(["syscalls/sys_enter_openat", "syscalls/sys_exit_openat"], _catalog.MatchTracepoints("syscalls/*openat"));
        Assert.Equal(["sched/sched_process_exec", "sched/sched_process_exit"], _catalog.MatchTracepoints("sched:sched_process_*"));
        Assert.Equal(["syscalls/sys_enter_connect"], _catalog.MatchTracepoints("*_connect"));
        Assert.Equal(["vfs_read"], _catalog.MatchFunctions("vfs_read"));
        Assert.Empty(_catalog.MatchFunctions("vfs_rea"));
    }

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("**", "abc", true)]
    [InlineData("a*b*c", "a1b2b3c", true)]
    [InlineData("a*b*c", "a1b2", false)]
    [InlineData("*a", "aab", false)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    public void Patterns_cover_the_whole_name(string pattern, string text, bool matches) => Assert.Equal(matches, Wildcard.Matches(pattern, text));

    [Fact]
    public void Too_many_matches_are_told_by_their_commonest_beginnings()
    {
        Assert.Equal(
            [("sys_enter_", 3), ("sys_exit_", 1)],
            TargetCatalog.CommonPrefixes(["sys_enter_a", "sys_enter_b", "sys_enter_c", "sys_exit_a"], 5));
        Assert.Equal([("tcp_v4_", 2)], TargetCatalog.CommonPrefixes(["tcp_v4_a", "tcp_v4_b", "tcp_x"], 1));
        Assert.Empty(TargetCatalog.CommonPrefixes([], 5));
    }

    [Fact]
    public void The_running_kernels_targets_are_known()
    {
        var btf = Btf.TryLoadKernel(out var reason);
        Assert.SkipWhen(btf is null, reason ?? "");
        var running = new TargetCatalog(Tracefs.TryOpen(out _), btf, () => Kallsyms.Current);

        Assert.Contains("vfs_read", running.Functions);
        Assert.Equal("vfs_read", running.SuggestFunctions("vfs_raed")[0]);
    }
}
