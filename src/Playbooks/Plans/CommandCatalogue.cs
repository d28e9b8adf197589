using static Sonde.Playbooks.IssueKind;

namespace Sonde.Playbooks.Plans;

/// <summary>The commands of the first round, by kind of issue. Detectors name them by id.</summary>
internal static class CommandCatalogue
{
    public static IReadOnlyList<CommandStep> Steps { get; } =
    [
        new("processes", Unknown,
            "{ ps -eo pid,ppid,uid,stat,pcpu,rss,etimes,args --sort=-pcpu 2>/dev/null || ps; } | cut -c 1-120 | head -n 45",
            "processes, the busiest first"),
        new("pressure", Unknown,
            "cat /proc/loadavg; grep -s '' /proc/pressure/cpu /proc/pressure/memory /proc/pressure/io",
            "load and pressure stall information"),
        new("kernel_log", Unknown,
            "cat /proc/uptime; dmesg 2>/dev/null | grep -iE 'oom|out of memory|killed process|segfault|general protection|traps:|i/o error|fs error|remounting|blocked for more|nf_conntrack|syn flooding|throttl' | tail -n 25",
            "telling messages of the kernel, with the uptime to date them"),
        new("disk_space", Unknown, "df -PTk 2>/dev/null || df -k", "space on every file system"),
        new("disk_inodes", Files | Process, "df -Pi 2>/dev/null || df -i", "inodes on every file system"),

        new("listening", Network | Process,
            "ss -tlnp 2>/dev/null || { head -n 1 /proc/net/tcp; grep -sh ' 0A ' /proc/net/tcp /proc/net/tcp6; }",
            "TCP ports that something listens on"),
        new("port", Network,
            "ss -tanp '( sport = :{port} or dport = :{port} )' 2>/dev/null || grep -sih ':{port_hex} ' /proc/net/tcp /proc/net/tcp6",
            "sockets on port {port}", Each.Port),
        new("syn_sent", Network,
            "ss -tnp state syn-sent 2>/dev/null || grep -sh ' 02 ' /proc/net/tcp /proc/net/tcp6",
            "connections still waiting for an answer"),
        new("socket_counts", Network, "ss -s 2>/dev/null || cat /proc/net/sockstat /proc/net/sockstat6", "sockets by state"),
        new("routes", Network, "{ ip -br addr && ip route; } 2>/dev/null || cat /proc/net/route", "addresses and routes"),
        new("name", Network, "getent ahosts {host} 2>&1 | head -n 6; grep -sE '^(nameserver|search)' /etc/resolv.conf", "what {host} resolves to", Each.Host),
        new("tcp_counters", Network,
            "nstat -az TcpRetransSegs TcpOutRsts TcpAttemptFails TcpExtListenOverflows TcpExtListenDrops TcpExtTCPTimeouts 2>/dev/null || grep -hE '^(Tcp|TcpExt):' /proc/net/snmp /proc/net/netstat",
            "TCP's own counters since boot"),

        new("failed_units", Process, "systemctl --failed --no-legend --plain 2>/dev/null | head -n 10; true", "units that systemd knows to have failed"),
        new("process", Process | Performance | Memory | Files | Network,
            "cat /proc/{pid}/status /proc/{pid}/limits 2>/dev/null | grep -E '^(Name|State|PPid|Uid|VmRSS|VmSwap|Threads|Max open files|Max processes)'; tr '\\0' ' ' < /proc/{pid}/cmdline; ls /proc/{pid}/fd 2>/dev/null | wc -l",
            "state, limits and open descriptors of process {pid}", Each.Pid),
        new("blocked", Process | Performance, "ps -eo pid,stat,wchan:32,args 2>/dev/null | awk 'NR == 1 || $2 ~ /^[DZ]/' | cut -c 1-120 | head -n 15", "processes in uninterruptible sleep, and zombies"),

        new("path", Files | Process | Network,
            "ls -ld -- {path} 2>&1; namei -l -- {path} 2>/dev/null; df -Pk -- {path} 2>/dev/null | tail -n 1",
            "the path that the issue names", Each.Path),
        new("mounts", Files, "grep -vE ' (proc|sysfs|cgroup2?|devpts|mqueue|securityfs|debugfs|tracefs|bpf|pstore|configfs|fusectl|hugetlbfs) ' /proc/mounts | cut -c 1-160 | head -n 30", "mounted file systems and their options"),
        new("descriptors", Files, "cat /proc/sys/fs/file-nr", "file handles in use and the limit"),

        new("cpu_total", Performance | Process, "grep '^cpu' /proc/stat; sleep 3; grep '^cpu' /proc/stat", "processor time over three seconds"),
        new("cpu_by_process", Performance | Process,
            "{ cat /proc/[0-9]*/stat; echo later; sleep 3; cat /proc/[0-9]*/stat; } 2>/dev/null | awk '/^later$/ { later = 1; next } "
            + "{ open = index($0, \"(\"); shut = match($0, /\\) [A-Za-z] /); name = substr($0, open + 1, shut - open - 1); split(substr($0, shut + 2), f, \" \"); "
            + "ticks = f[12] + f[13]; if (!later) { before[$1] = ticks } else if ($1 in before && ticks > before[$1]) { print ticks - before[$1], $1, name } }' | sort -rn | head -n 12",
            "processor ticks of each process over three seconds: ticks, pid, name"),
        new("disk_activity", Performance, "cat /proc/diskstats; sleep 2; cat /proc/diskstats", "disk activity over two seconds"),

        new("memory", Memory | Performance, "grep -E '^(Mem|Swap|Dirty|Writeback|AnonPages|Slab|SReclaimable|SUnreclaim|Shmem|Commit)' /proc/meminfo", "memory in use"),
        new("memory_by_process", Memory, "{ ps -eo pid,rss,vsz,etimes,comm --sort=-rss 2>/dev/null || ps; } | head -n 15", "processes, the largest first"),
        new("reclaim", Memory, "grep -E '^(oom_kill|pgmajfault|pswpin|pswpout|allocstall_|pgscan_direct|workingset_refault)' /proc/vmstat; sleep 2; echo later; grep -E '^(oom_kill|pgmajfault|pswpin|pswpout|allocstall_|pgscan_direct|workingset_refault)' /proc/vmstat", "reclaim and swapping over two seconds"),
    ];
}
