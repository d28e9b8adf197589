using static Sonde.Playbooks.IssueKind;
using static Sonde.Protocol.ProbeType;

namespace Sonde.Playbooks.Plans;

/// <summary>
/// The programs of the first round. Most go with every issue: what people see (a slow page, a service that restarts) is often the effect of a refused
/// connection, a file that can't be opened or a limit that was reached, and they cost little.
/// </summary>
internal static class ProbeCatalogue
{
    public static IReadOnlyList<ProbeStep> Steps { get; } =
    [
        new("connect_errors", Unknown, Tracepoint, "syscalls/sys_enter_connect", "connects that fail: who, where to, with which error", ErrorsOnly: true, MaxEvents: 60),
        new("open_errors", Unknown, Tracepoint, "syscalls/sys_enter_openat", "opens that fail: who, which path, with which error", ErrorsOnly: true, MaxEvents: 150),
        new("call_errors", Unknown, Tracepoint, "syscalls/sys_enter_*", "every system call that fails, by process and error", ErrorsOnly: true, MaxEvents: 120),
        new("process_exits", Unknown, Tracepoint, "sched/sched_process_exit", "processes that end: exit code or signal", MaxEvents: 60),
        new("oom_victims", Unknown, Tracepoint, "oom/mark_victim", "processes that the kernel kills for want of memory", MaxEvents: 10),
        new("connects", Unknown, Tracepoint, "syscalls/sys_enter_connect", "all connects: those that work, and those still without an answer", MaxEvents: 40),
        new("dns", Unknown, Kprobe, "udp_sendmsg", "datagrams sent: questions to name servers, with their answers", MaxEvents: 80),
        new("retransmits", Unknown, Tracepoint, "tcp/tcp_retransmit_skb", "segments sent again for want of an answer", MaxEvents: 60),
        new("forks", Unknown, Tracepoint, "sched/sched_process_fork", "processes and threads that are made, by their parent", MaxEvents: 15),
        new("futex_waits", Unknown, Tracepoint, "syscalls/sys_enter_futex", "threads that wait for a lock or a condition", MaxEvents: 150, LeastLatencyUs: 2000),
        new("block_requests", Unknown, Tracepoint, "block/block_rq_issue", "requests to disks, by process", MaxEvents: 20),
        new("direct_reclaim", Unknown, Tracepoint, "vmscan/mm_vmscan_direct_reclaim_begin", "processes that must free memory before they get any", MaxEvents: 10),

        new("tcp_connects", Unknown, Kprobe, "tcp_connect", "TCP connections begun and how each ended", MaxEvents: 40),
        new("tcp_states", Network, Tracepoint, "sock/inet_sock_set_state", "changes of state of TCP sockets: attempts that end closed", MaxEvents: 40),
        new("resets", Network, Tracepoint, "tcp/tcp_receive_reset", "connections that the other side reset", MaxEvents: 15),
    ];
}
