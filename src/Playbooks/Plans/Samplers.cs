namespace Sonde.Playbooks.Plans;

/// <summary>
/// Commands that look twice, some seconds apart, and print what the detectors compare: counters since boot tell nothing of now. They need a shell, the
/// kernel's own files, and what busybox has.
/// </summary>
internal static class Samplers
{
    /// <summary>
    /// Every network namespace (containers have their own, and <c>ss</c> sees only one): counters, sockets by state, listeners with their queues, and the
    /// remote ends with the most sockets. Read by <see cref="Readings.NetworkSpaces"/>.
    /// </summary>
    public const string Network =
        """
        spaces=$(ls -l /proc/[0-9]*/ns/net 2>/dev/null | awk '$NF ~ /^net:/ { n = $NF; split($(NF - 2), p, "/"); if (!(n in oldest) || p[3] + 0 < oldest[n]) oldest[n] = p[3] + 0; all[n] = all[n] " " p[3] } END { for (n in oldest) print oldest[n], n all[n] }' | sort -n | head -n 12)
        look() { echo "$spaces" | while read -r pid space members; do
        [ -n "$pid" ] || continue
        echo "@net $space"
        cat /proc/$pid/net/snmp /proc/$pid/net/netstat /proc/$pid/net/tcp /proc/$pid/net/tcp6 2>/dev/null | awk '
        /^(Tcp|TcpExt|Udp|Icmp):/ { if ($1 in head) { split(head[$1], name, " "); for (i = 2; i <= NF; i++) if (name[i] ~ /^(ActiveOpens|AttemptFails|OutSegs|InSegs|RetransSegs|OutRsts|CurrEstab|ListenOverflows|ListenDrops|TCPTimeouts|TCPSynRetrans|TCPLostRetransmit|TCPReqQFull|NoPorts|InErrors|RcvbufErrors|OutDatagrams)/) print $1 name[i], $i } else head[$1] = $0; next }
        $4 ~ /^[0-9A-F][0-9A-F]$/ && $2 ~ /:/ { state[$4]++; if ($4 == "0A") { split($5, q, ":"); print "listen", $2, q[2] } else { peer[$3]++; if ($4 == "06") waiting[$3]++ } }
        END { for (s in state) print "state", s, state[s]; for (p in peer) if (peer[p] > 20) print "peer", p, peer[p], waiting[p] + 0 }'
        done; }
        echo "@own $(readlink /proc/self/ns/net)"
        echo "$spaces" | awk '{ $1 = "@in"; print }' | cut -c 1-3000
        echo "@range $(cat /proc/sys/net/ipv4/ip_local_port_range)"
        sleep 1; look; sleep 6; echo @later; look
        """;

    /// <summary>
    /// Control groups, of either version, whose tasks were throttled or that ran into their memory limit meanwhile, with their limits and processes.
    /// Read by <see cref="Readings.CgroupChange"/>.
    /// </summary>
    public const string Cgroups =
        """
        look() { find /sys/fs/cgroup -name cpu.stat -exec grep -sHE '^(nr_periods|nr_throttled|throttled_usec|throttled_time) ' {} +
        find /sys/fs/cgroup '(' -name memory.events.local -o -name memory.oom_control ')' -exec grep -sHE '^(high|max|oom|oom_kill) ' {} +
        find /sys/fs/cgroup -name memory.failcnt -exec grep -sH '' {} +; }
        changes=$({ sleep 1; look; echo later; sleep 6; look; } 2>/dev/null | awk '
        /^later$/ { later = 1; next }
        { key = $1; value = $2; if (NF == 1) { at = match($1, /:[0-9]+$/); key = substr($1, 1, at) "failcnt"; value = substr($1, at + 1) } }
        !later { before[key] = value; next }
        !(key in before) { before[key] = 0 }
        value != before[key] { print "change", key, before[key], value }')
        echo "$changes"
        echo "$changes" | awk 'NF > 2 { sub(/\/[^\/]*$/, "", $2); print $2 }' | sort -u | head -n 20 | while read -r d; do
        for f in cpu.max cpu.cfs_quota_us cpu.cfs_period_us memory.max memory.high memory.limit_in_bytes memory.current memory.usage_in_bytes cgroup.procs; do
        [ -r "$d/$f" ] && echo "value $d $f $(head -n 12 "$d/$f" | tr '\n' ' ')"; done; done
        true
        """;

    /// <summary>Tasks in uninterruptible sleep at each of four looks, with where they wait. Read by <see cref="Readings.BlockedTask"/>.</summary>
    public const string Blocked =
        """
        for i in 1 2 3 4; do grep -lE '\) D ' /proc/[0-9]*/task/[0-9]*/stat 2>/dev/null | cut -d / -f 5; echo look; sleep 2; done | sort | uniq -c | while read -r n t; do
        if [ "$t" = look ]; then echo "looks $n"; continue; fi
        [ "$n" -gt 1 ] || continue
        p=$(grep -s '^Tgid' /proc/$t/status | cut -f 2); [ -n "$p" ] || continue
        call=$(cat /proc/$t/syscall 2>/dev/null); fd=$(echo "$call" | awk '$2 ~ /^0x/ { print $2 }')
        echo "task $t $p $n $(cat /proc/$t/wchan 2>/dev/null || echo -) ${call%% *} $(readlink /proc/$t/fd/$((${fd:-0xfffff})) 2>/dev/null || echo -) $(cat /proc/$t/comm)"
        done | head -n 30
        """;

    /// <summary>Processes that use most of the file descriptors they may have, and what they hold. Read by <see cref="Readings.DescriptorUse"/>.</summary>
    public const string Descriptors =
        """
        echo "all $(cat /proc/sys/fs/file-nr)"
        { grep -sH '^FDSize' /proc/[0-9]*/status; grep -sH '^Max open files' /proc/[0-9]*/limits; } | awk '
        { split($1, p, "/"); pid = p[3] } /FDSize/ { size[pid] = $2; next } { if (pid in size && $4 != "unlimited" && size[pid] * 2 > $4 + 0) print pid, $4, $5 }' | head -n 200 | while read -r p soft hard; do
        n=$(ls /proc/$p/fd 2>/dev/null | wc -l); [ $((n * 10)) -ge $((soft * 8)) ] || continue
        echo "use $p $n $soft $hard $(cat /proc/$p/comm)"
        ls -l /proc/$p/fd 2>/dev/null | awk 'NF > 8 { t = $NF; sub(/:\[[0-9]+\]$/, "", t); c[t]++ } END { for (t in c) print c[t], t }' | sort -rn | head -n 3 | sed "s/^/held $p /"
        done
        true
        """;

    /// <summary>
    /// The kernel's counters of processor time, block devices, reclaim, swapping and process creation, and pressure stall totals, with the uptime; memory in use at the end.
    /// Read by <see cref="Readings.Counters"/>, <see cref="Readings.ProcessorTimes"/> and <see cref="Readings.DiskActivity"/>.
    /// </summary>
    public const string Vitals =
        """
        look() { awk '{ print "uptime", $1 }' /proc/uptime; grep -E '^(cpu|processes |ctxt |procs_running |procs_blocked )' /proc/stat; awk '$3 !~ /^(ram|zram|loop[0-9]+p)/' /proc/diskstats
        grep -E '^(oom_kill|pgmajfault|pswpin|pswpout|allocstall|pgscan_direct|pgscan_kswapd|pgsteal_direct|workingset_refault)' /proc/vmstat
        for r in cpu memory io; do awk -v r=$r '{ sub(/.*total=/, "", $NF); print r "_" $1, $NF }' /proc/pressure/$r 2>/dev/null; done; }
        sleep 1; look; sleep 6; echo later; look; grep -E '^(Mem|Swap|Dirty|Writeback|AnonPages|Slab|SReclaimable|SUnreclaim|Shmem|Commit)' /proc/meminfo
        """;

    /// <summary>
    /// TCP connections, of every network namespace, whose SYN was sent again: a connect that began before any probe did shows here alone.
    /// Read by <see cref="Readings.WaitingConnection"/>.
    /// </summary>
    public const string Waiting =
        """
        sleep 5
        for p in $(ls -l /proc/[0-9]*/ns/net 2>/dev/null | awk '$NF ~ /^net:/ { split($(NF - 2), p, "/"); if (!($NF in seen)) { seen[$NF] = 1; print p[3] } }' | head -n 12); do
        cat /proc/$p/net/tcp /proc/$p/net/tcp6 2>/dev/null | awk '$4 == "02" && $7 !~ /^0+$/ { print "syn", $10, $3, $7 }'; done | sort -u | head -n 40 | {
        waiting=$(cat); [ -n "$waiting" ] || exit 0
        { echo "$waiting"; ls -l /proc/[0-9]*/fd 2>/dev/null; } | awk '
        $1 == "syn" { end[$2] = $3 " " $4; next }
        /^\/proc/ { split($1, p, "/"); pid = p[3]; next }
        $NF ~ /^socket:/ { n = substr($NF, 9, length($NF) - 9); if (n in end) print pid, end[n] }' | sort | uniq -c | head -n 40 | while read -r n pid to retries; do
        echo "waiting $pid $n $to $retries $(cat /proc/$pid/comm)"; done; }
        """;

    /// <summary>
    /// What each process used of the processors in six seconds, and what it wanted: time on a processor and time in the queue for one, of all its threads. A process that runs
    /// without pause wants a whole one however many others there are. The agent and its own commands are left out. Read by <see cref="Readings.ProcessTicks"/>.
    /// </summary>
    public const string ProcessorByProcess =
        """
        sleep 1
        look() { awk '{ print "uptime", $1 }' /proc/uptime; cat /proc/[0-9]*/stat; grep -sH '' /proc/[0-9]*/task/[0-9]*/schedstat; }
        { look; sleep 6; echo later; look; } 2>/dev/null | awk -v own=$PPID '
        /^uptime / { at[later + 0] = $2; next }
        /^later$/ { later = 1; next }
        /^\/proc/ { split($1, p, /[\/:]/); want = p[7] + $2
        if (!later) wanted[p[5]] = want; else if (p[5] in wanted && want > wanted[p[5]]) demand[p[3]] += want - wanted[p[5]]; next }
        { open = index($0, "("); shut = match($0, /\) [A-Za-z] /); split(substr($0, shut + 2), f, " "); ticks = f[12] + f[13]
        if ($1 == own || f[2] == own) next
        if (!later) before[$1] = ticks; else if ($1 in before) { used[$1] = ticks - before[$1]; name[$1] = substr($0, open + 1, shut - open - 1) } }
        END { print 999999999, "seconds", at[1] - at[0]; for (pid in used) { ms = int(demand[pid] / 1000000); most = ms > used[pid] * 10 ? ms : used[pid] * 10; if (most >= 60) print most, "used", pid, used[pid], ms, name[pid] } }' |
        sort -rn | head -n 16 | sed 's/^[0-9]* //'
        """;

    /// <summary>Waiters for file locks, with the holder and the file, and whether they waited already five seconds before. Read by <see cref="Readings.FileLockWait"/>.</summary>
    public const string Locks =
        """
        waits() { awk '$2 == "->" { split($7, f, ":"); print $6, holder[$1], f[3], $3; next } { holder[$1] = $5 }' /proc/locks | sort -u; }
        first=$(waits); sleep 5; waits | head -n 20 | while read -r waiter holder inode kind; do
        echo "wait $waiter $holder $kind $inode $(echo "$first" | grep -c "^$waiter $holder $inode ") $(cat /proc/$waiter/comm 2>/dev/null || echo -)|$(cat /proc/$holder/comm 2>/dev/null || echo -)|$(for f in /proc/$waiter/fd/*; do [ "$(stat -Lc %i "$f" 2>/dev/null)" = "$inode" ] && readlink "$f" && break; done)"
        done
        """;
}
