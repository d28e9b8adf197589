namespace Sonde.Tracing.Targets;

/// <summary>What stands in for a function where functions can't be probed.</summary>
/// <param name="Tracepoint">As <c>category/name</c>.</param>
/// <param name="Reason">What the substitute tells, and what it doesn't.</param>
internal sealed record Substitute(string Tracepoint, string Reason)
{
    /// <summary>A field that must have one value: field name and value.</summary>
    public (string Field, ulong Value)? Condition { get; init; }
}

/// <summary>A function under all its names.</summary>
/// <param name="Asked">Names that a model may use, whatever this kernel calls it.</param>
/// <param name="Names">The kernel's names through its versions; the first that exists is meant.</param>
/// <param name="Substitute">The tracepoint that tells the same, or null.</param>
internal sealed record KnownFunction(string[] Asked, string[] Names, Substitute? Substitute);

/// <summary>The targets that are known by more than their name. Adding one is a line here, its decoder elsewhere.</summary>
internal static class TargetTable
{
    private const ulong TcpSynSent = 2;

    private static readonly KnownFunction[] Functions =
    [
        new(["tcp_connect", "tcp_v4_connect", "tcp_v6_connect"], [],
            new("sock/inet_sock_set_state", "a TCP socket going to SYN_SENT is a connection attempt, of either family") { Condition = ("newstate", TcpSynSent) }),
        new(["tcp_sendmsg", "tcp_sendmsg_locked"], [],
            new("sock/sock_send_length", "it tells each send on a socket, its length and protocol, not the addresses")),
        new(["do_fork", "_do_fork", "kernel_clone"], ["kernel_clone", "_do_fork", "do_fork"],
            new("sched/sched_process_fork", "it tells every new task once it exists; failed attempts are not seen")),
        new(["schedule", "__schedule"], [],
            new("sched/sched_switch", "it tells every switch between tasks; calls that kept the same task are not seen")),
        new(["__alloc_pages_nodemask", "__alloc_pages", "__alloc_pages_noprof", "__alloc_frozen_pages_noprof"],
            ["__alloc_frozen_pages_noprof", "__alloc_pages_noprof", "__alloc_pages", "__alloc_pages_nodemask"],
            new("kmem/mm_page_alloc", "it tells every page allocation")),
        new(["__free_pages", "___free_pages", "free_unref_page", "free_frozen_pages"],
            ["__free_pages", "___free_pages", "free_frozen_pages", "free_unref_page"],
            new("kmem/mm_page_free", "it tells every page that is freed")),
        new(["do_exit"], [], new("sched/sched_process_exit", "it tells every task that exits")),
        new(["tcp_retransmit_skb", "__tcp_retransmit_skb"], [], new("tcp/tcp_retransmit_skb", "it tells every retransmission")),
    ];

    // Field names of tracepoints for which the contract has a name of its own.
    private static readonly Dictionary<string, Dictionary<string, string>> Renames = new()
    {
        ["sched/sched_process_fork"] = new()
        {
            ["parent_comm"] = "parent_process_name",
            ["parent_pid"] = "parent_process_id",
            ["child_comm"] = "child_process_name",
            ["child_pid"] = "child_process_id",
        },
        ["sched/sched_switch"] = new() { ["prev_comm"] = "previous_process_name", ["prev_state"] = "previous_state" },
    };

    /// <summary>What is known of a function, or null.</summary>
    public static KnownFunction? Find(string function) => Array.Find(Functions, known => known.Asked.Contains(function));

    /// <summary>The contract's names for a tracepoint's fields.</summary>
    public static IReadOnlyDictionary<string, string>? RenamesOf(string tracepoint) => Renames.GetValueOrDefault(tracepoint);
}
