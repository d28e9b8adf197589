using static Sonde.Playbooks.IssueKind;

namespace Sonde.Playbooks.Plans;

/// <summary>The commands of the first round: a broad look for every issue (utilisation, saturation and errors of processors, memory, disks and network), more by kind. Detectors name them by id.</summary>
internal static class CommandCatalogue
{
    public static IReadOnlyList<CommandStep> Steps { get; } =
    [
        // Those that look twice take their seconds: they start first.
        new("blocked", Unknown, Samplers.Blocked, "tasks that stay in uninterruptible sleep"),
        new("network_spaces", Unknown, Samplers.Network, "TCP's counters, queues and remote ends in every network namespace, over six seconds"),
        new("cgroups", Unknown, Samplers.Cgroups, "control groups that are throttled or hit their memory limit, over six seconds"),
        new("vitals", Unknown, Samplers.Vitals, "processor time, disk activity, reclaim, swapping, new processes and pressure stalls, over six seconds; memory in use"),
        new("waiting_connections", Unknown, Samplers.Waiting, "TCP connections that wait for an answer although their SYN was sent again"),
        new("cpu_by_process", Unknown, Samplers.ProcessorByProcess, "processor time that each process used and wanted over six seconds"),

        new("processes", Unknown,
            "{ ps -eo pid,ppid,uid,stat,pcpu,rss,etimes,args --sort=-pcpu 2>/dev/null || ps; } | awk '$2 != 2' | cut -c 1-160 | head -n 400",
            "processes, the busiest first, without the kernel's own"),
        new("kernel_log", Unknown,
            "cat /proc/uptime; dmesg 2>/dev/null | LC_ALL=C grep -iE 'oom|out of memory|killed process|memory: usage|segfault|general protection|traps:|i/o error|fs error|remounting|blocked for more|nf_conntrack|syn flooding|throttl' | tail -n 25",
            "telling messages of the kernel, with the uptime to date them"),
        new("disk_space", Unknown, "df -PTk 2>/dev/null || df -k", "space on every file system"),
        new("disk_inodes", Unknown, "df -Pi 2>/dev/null || df -i", "inodes on every file system"),
        new("descriptors", Unknown, Samplers.Descriptors, "file descriptors in use on the host, and processes near their limit"),
        new("file_locks", Unknown, Samplers.Locks, "processes that wait for another's file lock"),
        new("listening", Unknown,
            "ss -tlnp 2>/dev/null || { head -n 1 /proc/net/tcp; grep -sh ' 0A ' /proc/net/tcp /proc/net/tcp6; }",
            "TCP ports that something listens on"),

        new("port", Network,
            "ss -tanp '( sport = :{port} or dport = :{port} )' 2>/dev/null || grep -sih ':{port_hex} ' /proc/net/tcp /proc/net/tcp6",
            "sockets on port {port}", Each.Port),
        new("routes", Network, "{ ip -br addr && ip route; } 2>/dev/null || cat /proc/net/route", "addresses and routes"),
        new("name", Network, "getent ahosts {host} 2>&1 | head -n 6; grep -sE '^(nameserver|search)' /etc/resolv.conf", "what {host} resolves to", Each.Host),

        new("failed_units", Process, "systemctl --failed --no-legend --plain 2>/dev/null | head -n 10; true", "units that systemd knows to have failed"),
        new("process", Process | Performance | Memory | Files | Network,
            "cat /proc/{pid}/status /proc/{pid}/limits 2>/dev/null | grep -E '^(Name|State|PPid|Uid|VmRSS|VmSwap|Threads|Max open files|Max processes)'; tr '\\0' ' ' < /proc/{pid}/cmdline; ls /proc/{pid}/fd 2>/dev/null | wc -l",
            "state, limits and open descriptors of process {pid}", Each.Pid),

        new("path", Files | Process | Network,
            "ls -ld -- {path} 2>&1; namei -l -- {path} 2>/dev/null; df -Pk -- {path} 2>/dev/null | tail -n 1",
            "the path that the issue names", Each.Path),
        new("mounts", Files, "grep -vE ' (proc|sysfs|cgroup2?|devpts|mqueue|securityfs|debugfs|tracefs|bpf|pstore|configfs|fusectl|hugetlbfs) ' /proc/mounts | cut -c 1-160 | head -n 30", "mounted file systems and their options"),
    ];
}
