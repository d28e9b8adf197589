using Sonde.Protocol;
using static Sonde.Playbooks.IssueKind;
using static Sonde.Protocol.ProbeType;

namespace Sonde.Playbooks.Plans;

/// <summary>
/// The programs of the first round, by kind of issue. The first four go with every issue: what people see (a slow page, a service that restarts)
/// is often the effect of a refused connection or a file that can't be opened, and they cost little.
/// </summary>
internal static class ProbeCatalogue
{
    public static IReadOnlyList<ProbeStep> Steps { get; } =
    [
        new("connect_errors", Unknown, Tracepoint, "syscalls/sys_enter_connect", "connects that fail: who, where to, with which error", ErrorsOnly: true, MaxEvents: 40),
        new("open_errors", Unknown, Tracepoint, "syscalls/sys_enter_openat", "opens that fail: who, which path, with which error", ErrorsOnly: true, MaxEvents: 150),
        new("process_exits", Unknown, Tracepoint, "sched/sched_process_exit", "processes that end: exit code or signal", MaxEvents: 30),
        new("oom_victims", Unknown, Tracepoint, "oom/mark_victim", "processes that the kernel kills for want of memory", MaxEvents: 10),

        new("tcp_connects", Network, Kprobe, "tcp_connect", "TCP connections begun and how each ended", MaxEvents: 40),
        new("connects", Network, Tracepoint, "syscalls/sys_enter_connect", "all connects: those that work, and those still without an answer", MaxEvents: 25),
        new("tcp_states", Network, Tracepoint, "sock/inet_sock_set_state", "changes of state of TCP sockets: attempts that end closed", MaxEvents: 40),
        new("resets", Network, Tracepoint, "tcp/tcp_receive_reset", "connections that the other side reset", MaxEvents: 15),
        new("retransmits", Network, Tracepoint, "tcp/tcp_retransmit_skb", "segments sent again for want of an answer", MaxEvents: 15),

        new("execs", Process | Performance, Tracepoint, "syscalls/sys_enter_execve", "programs started, and starts that fail", MaxEvents: 15),
        new("signals", Process, Tracepoint, "signal/signal_generate", "signals sent", MaxEvents: 15),

        new("write_errors", Files, Tracepoint, "syscalls/sys_enter_write", "writes that fail", ErrorsOnly: true, MaxEvents: 15),

        new("syscalls", Performance, Tracepoint, "syscalls/sys_enter_*", "system calls by process", Aggregate: Aggregation.Counts),
        new("block_requests", Performance, Tracepoint, "block/block_rq_complete", "requests to disks", Aggregate: Aggregation.Counts),

        new("direct_reclaim", Memory | Performance, Tracepoint, "vmscan/mm_vmscan_direct_reclaim_begin", "processes that must free memory before they get any", MaxEvents: 10),
        new("page_allocations", Memory, Kprobe, "__alloc_pages_nodemask", "pages allocated, by process", Aggregate: Aggregation.Counts),
    ];
}
