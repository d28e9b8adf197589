using Sonde.Tracing.Decoding;

namespace Sonde.Tracing.Targets;

/// <summary>What stands in for a function where functions can't be probed.</summary>
/// <param name="Tracepoint">As <c>category/name</c>.</param>
/// <param name="Reason">What the substitute tells, and what it doesn't.</param>
internal sealed record Substitute(string Tracepoint, string Reason)
{
    /// <summary>Fields that must have one value: field name and value.</summary>
    public IReadOnlyList<(string Field, ulong Value)> Conditions { get; init; } = [];

    /// <summary>What it decodes beyond what the tracepoint itself does.</summary>
    public Enrichment? Enrich { get; init; }

    /// <summary>The tracepoint that completes it, where that is what it should be known by.</summary>
    public string? ToldAs { get; init; }
}

/// <summary>System calls that do one thing in several ways.</summary>
/// <param name="Names">Their names; a kernel may lack some.</param>
/// <param name="Reason">What they tell, and what they don't, where they stand in for a function.</param>
internal sealed record SystemCalls(string[] Names, string Reason)
{
    /// <summary>What they decode beyond their arguments.</summary>
    public Enrichment? Enrich { get; init; }

    /// <summary>Only calls on a socket of this protocol count; 0 for all.</summary>
    public int SocketProtocol { get; init; }
}

/// <summary>A function under all its names.</summary>
/// <param name="Asked">Names that a model may use, whatever this kernel calls it.</param>
/// <param name="Names">The kernel's names through its versions; the first that exists is meant.</param>
/// <param name="Substitute">The tracepoint that tells the same, or null.</param>
internal sealed record KnownFunction(string[] Asked, string[] Names, Substitute? Substitute)
{
    /// <summary>What it decodes beyond its types.</summary>
    public Enrichment? Enrich { get; init; }

    /// <summary>The system calls that lead to it, where no tracepoint tells the same. They tell the return too.</summary>
    public SystemCalls? Calls { get; init; }

    /// <summary>A function that does the same for what this one doesn't serve: attached too where this kernel has it.</summary>
    public string? Also { get; init; }

    /// <summary>Whether its substitute tells what the function can't: then it comes first.</summary>
    public bool PrefersSubstitute { get; init; }

    /// <summary>Whether its return is what tells: then it is paired even when only the entry was asked for.</summary>
    public bool NeedsReturn { get; init; }
}

/// <summary>A tracepoint that is known by more than its format.</summary>
/// <param name="Name">As <c>category/name</c>.</param>
/// <param name="Enrich">What it decodes beyond its format.</param>
/// <param name="Renames">The contract's own names for some of its fields.</param>
internal sealed record KnownTracepoint(string Name, Enrichment? Enrich, params (string Field, string Name)[] Renames)
{
    /// <summary>System calls that are counted in, itself first.</summary>
    public SystemCalls? Family { get; init; }
}

/// <summary>The targets that are known by more than their name. Adding one is a line here, its decoder elsewhere.</summary>
internal static class TargetTable
{
    private const ulong TcpSynSent = 2;
    private const ulong ProtocolTcp = 6;
    private const int ProtocolUdp = 17;

    private static readonly string[] Senders = ["sendto", "sendmsg", "sendmmsg", "write", "writev"];

    private static readonly Substitute PagesFreed = new("kmem/mm_page_free", "it tells every page that is freed");

    private static readonly KnownFunction[] Functions =
    [
        new(["tcp_connect"], [],
            new("sock/inet_sock_set_state", "a TCP socket going to SYN_SENT is a connection attempt, of either family")
            {
                Conditions = [("newstate", TcpSynSent), ("protocol", ProtocolTcp)],
                Enrich = Connections.AddOutcome,
            }) { Enrich = Connections.AddOutcome },
        new(["tcp_v4_connect"], [],
            new("sock/inet_sock_set_state", "a TCP socket of IPv4 going to SYN_SENT is a connection attempt") { Conditions = [("newstate", TcpSynSent), ("family", 2)], Enrich = Connections.AddOutcome }),
        new(["tcp_v6_connect"], [],
            new("sock/inet_sock_set_state", "a TCP socket of IPv6 going to SYN_SENT is a connection attempt") { Conditions = [("newstate", TcpSynSent), ("family", 10)], Enrich = Connections.AddOutcome }),
        new(["tcp_sendmsg", "tcp_sendmsg_locked"], [],
            new("sock/sock_send_length", "it tells each send on a TCP socket") { Conditions = [("protocol", ProtocolTcp)], Enrich = Sockets.AddSendLength })
            { Calls = new(Senders, "they tell each send on a TCP socket from user space") { Enrich = DnsQueries.AddToSyscall, SocketProtocol = (int)ProtocolTcp } },
        new(["do_fork", "_do_fork", "kernel_clone"], ["kernel_clone", "_do_fork", "do_fork"],
            new("task/task_newtask", "it tells every new task once it exists, and task/task_newtask right before it the flags; failed attempts are not seen")
            {
                Enrich = Processes.AddNewTask,
                ToldAs = "sched/sched_process_fork",
            }) { Enrich = Processes.AddFork, NeedsReturn = true },
        new(["udp_sendmsg"], [], null)
        {
            Enrich = DnsQueries.AddToFunction,
            NeedsReturn = true,
            Also = "udpv6_sendmsg",
            Calls = new(Senders, "they tell each send on a UDP socket from user space") { Enrich = DnsQueries.AddToSyscall, SocketProtocol = ProtocolUdp },
        },
        new(["vfs_read"], [], null)
        {
            Enrich = Paths.AddTransfer,
            Calls = new(["read", "pread64", "readv", "preadv", "preadv2"], "they tell each read from user space; those of the kernel itself are not seen") { Enrich = Paths.AddDescriptor },
        },
        new(["vfs_write"], [], null)
        {
            Enrich = Paths.AddTransfer,
            Calls = new(["write", "pwrite64", "writev", "pwritev", "pwritev2"], "they tell each write from user space; those of the kernel itself are not seen") { Enrich = Paths.AddDescriptor },
        },
        new(["schedule", "__schedule"], [],
            new("sched/sched_switch", "with sched/sched_wakeup it tells every switch away from a task but the idle one; calls that kept the same task are not seen") { Enrich = Scheduling.AddSwitch })
            { PrefersSubstitute = true },
        new(["__alloc_pages_nodemask", "__alloc_pages", "__alloc_pages_noprof", "__alloc_frozen_pages_noprof"],
            ["__alloc_frozen_pages_noprof", "__alloc_pages_noprof", "__alloc_pages", "__alloc_pages_nodemask"],
            new("kmem/mm_page_alloc", "it tells every page allocation")) { Enrich = MemoryPages.AddBytes },
        new(["__free_pages", "___free_pages"], ["__free_pages", "___free_pages"], PagesFreed) { Enrich = MemoryPages.AddBytes },
        new(["free_unref_page", "free_frozen_pages"], ["free_frozen_pages", "free_unref_page"], PagesFreed) { Enrich = MemoryPages.AddBytes },
        new(["do_exit"], [], new("sched/sched_process_exit", "it tells every task that exits")),
        new(["tcp_retransmit_skb", "__tcp_retransmit_skb"], [], new("tcp/tcp_retransmit_skb", "it tells every retransmission")),
    ];

    private static readonly KnownTracepoint[] Tracepoints =
    [
        new("sched/sched_process_fork", null, ("parent_comm", "parent_process_name"), ("parent_pid", "parent_process_id"), ("child_comm", "child_process_name"), ("child_pid", "child_process_id")),
        new("task/task_newtask", Processes.AddFlags, ("comm", "child_process_name"), ("pid", "child_process_id")),
        new("sched/sched_process_exit", Processes.AddExit),
        new("sched/sched_process_exec", Processes.AddParent),
        new("syscalls/sys_enter_execve", Processes.AddParent) { Family = new(["execve", "execveat"], "") { Enrich = Processes.AddParent } },
        new("syscalls/sys_enter_execveat", Processes.AddParent),
        new("syscalls/sys_enter_openat", null) { Family = new(["openat", "openat2", "open"], "") { Enrich = Paths.AddOpen } },
        new("syscalls/sys_enter_openat2", Paths.AddOpen),
        new("syscalls/sys_enter_open", Paths.AddOpen),
        new("syscalls/sys_enter_sendto", DnsQueries.AddToSyscall),
        new("syscalls/sys_enter_sendmsg", DnsQueries.AddToSyscall),
        new("syscalls/sys_enter_sendmmsg", DnsQueries.AddToSyscall),
        new("syscalls/sys_enter_write", DnsQueries.AddToSyscall),
        new("syscalls/sys_enter_writev", DnsQueries.AddToSyscall),
        new("irq/irq_handler_entry", Interrupts.AddHandler),
        new("irq/softirq_entry", Interrupts.AddSoft),
        new("block/block_rq_issue", BlockRequests.AddCompletion),
        new("block/block_rq_complete", BlockRequests.AddNames),
        new("block/block_rq_insert", BlockRequests.AddNames),
        new("block/block_bio_queue", BlockRequests.AddNames),
        new("block/block_bio_complete", BlockRequests.AddNames),
        new("kmem/mm_page_alloc", MemoryPages.AddBytes),
        new("kmem/mm_page_free", MemoryPages.AddBytes),
        new("kmem/kmalloc", MemoryPages.AddCallSite),
        new("kmem/kfree", MemoryPages.AddCallSite),
        new("kmem/kmem_cache_alloc", MemoryPages.AddCallSite),
        new("kmem/kmem_cache_free", MemoryPages.AddCallSite),
        new("skb/kfree_skb", Packets.AddDropped),
        new("skb/consume_skb", Packets.AddDropped),
        new("signal/signal_generate", SignalEvents.AddNames),
        new("signal/signal_deliver", SignalEvents.AddNames),
        new("sched/sched_switch", Scheduling.AddReason, ("prev_comm", "previous_process_name"), ("prev_state", "previous_state")),
    ];

    /// <summary>What is known of a function, or null.</summary>
    public static KnownFunction? Find(string function) => Array.Find(Functions, known => known.Asked.Contains(function));

    /// <summary>What is known of a tracepoint, or null.</summary>
    public static KnownTracepoint? FindTracepoint(string tracepoint) => Array.Find(Tracepoints, known => known.Name == tracepoint);
}
