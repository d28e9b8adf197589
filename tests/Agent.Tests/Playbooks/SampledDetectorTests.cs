using System.Text.Json.Nodes;
using Sonde.Playbooks;
using Sonde.Playbooks.Detectors;
using Sonde.Protocol;
using static Sonde.Tests.Playbooks.Recorded;

namespace Sonde.Tests.Playbooks;

/// <summary>Detectors that compare two looks of one command, and those that rank under a busy host's noise.</summary>
public sealed class SampledDetectorTests
{
    private const string Spaces =
        """
        @own net:[1]
        @in net:[1] 1 2 3
        @in net:[7] 4711 4712
        @range 32768	60999
        @net net:[1]
        TcpExt:ListenOverflows 4
        Tcp:OutSegs 1000
        Tcp:RetransSegs 5
        listen 00000000:1F90 00000000
        @net net:[7]
        TcpExt:ListenOverflows 10
        Tcp:OutSegs 1000
        Tcp:RetransSegs 5
        @later
        @net net:[1]
        TcpExt:ListenOverflows 4
        Tcp:OutSegs 1100
        Tcp:RetransSegs 5
        @net net:[7]
        TcpExt:ListenOverflows 52
        Tcp:OutSegs 3000
        Tcp:RetransSegs 105
        listen 0100007F:4894 00000081
        peer 0100007F:1F9A 120 7
        """;

    [Fact]
    public void A_full_listen_queue_is_named_in_the_namespace_that_has_it()
    {
        var best = new ListenQueueOverflow().Examine(Case("customers get no page", Round(1, [Command("network_spaces", Spaces)]))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("127.0.0.1:18580 in the network namespace net:[7]", best.Cause, StringComparison.Ordinal);
        Assert.Contains("129 waiting", best.Cause, StringComparison.Ordinal);
        Assert.Contains("dropped 42 new ones", best.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Counters_that_stand_still_blame_no_queue_however_high_they_are()
    {
        var still = Spaces.Replace("ListenOverflows 52", "ListenOverflows 10", StringComparison.Ordinal);
        var examination = new ListenQueueOverflow().Examine(Case("customers get no page", Round(1, [Command("network_spaces", still)])));

        Assert.Empty(examination.Findings);
        Assert.Contains("no ListenOverflows", examination.RuledOut, StringComparison.Ordinal);
    }

    [Fact]
    public void Lost_packets_are_told_from_a_SYN_that_nobody_answers()
    {
        var established = Retransmits("TCP_ESTABLISHED");
        var best = new PacketLoss().Examine(Case("replication is slow", Round(1, [Command("network_spaces", Spaces)], established))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("10.0.0.8:7180", best.Cause, StringComparison.Ordinal);
        Assert.Contains("5 % of all TCP segments (100 of 2000)", best.Cause, StringComparison.Ordinal);
        Assert.Empty(new PacketLoss().Examine(Case("replication is slow", Round(1, [Command("network_spaces", Spaces)], Retransmits("TCP_SYN_SENT")))).Findings);
    }

    [Fact]
    public void Ports_are_used_up_only_where_sockets_to_that_end_use_them()
    {
        var connects = Program("connect_errors", "syscalls/sys_enter_connect", [.. Enumerable.Range(0, 5).Select(i => Connect(i, 4711, "crawler", "127.0.0.1:8090", "EADDRNOTAVAIL"))]);

        var best = new PortExhaustion().Examine(Case("no new connections", Round(1, [Command("network_spaces", Spaces)], connects))).Findings.Single();
        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("120 sockets to it are open (7 in TIME_WAIT)", best.Cause, StringComparison.Ordinal);

        var without = new PortExhaustion().Examine(Case("no new connections", Round(1, [], connects))).Findings.Single();
        Assert.NotEqual(Confidence.High, without.Confidence);
    }

    [Fact]
    public void A_connect_that_began_before_the_window_is_found_by_its_socket()
    {
        var connects = Program("connects", "syscalls/sys_enter_connect", []);
        var best = new UnansweredConnection().Examine(Case("checkout hangs", Round(1, [Command("waiting_connections", "waiting 31 2 1142420A:20FB 00000004 checkout\n")], connects))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("checkout (pid 31) gets no answer from 10.66.66.17:8443: 2 sockets", best.Cause, StringComparison.Ordinal);
        Assert.Contains("4 times", best.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_without_descriptors_is_named_with_limit_and_what_it_holds()
    {
        const string use = "all 900\t0\t100000\nuse 77 96 96 96 mediad\nheld 77 91 socket\nheld 77 3 /dev/null\n";
        var failing = Program("call_errors", "syscalls/sys_enter_*", [Event(2, 77, "mediad", "sys_enter_accept4", new JsonObject { ["syscall"] = "accept4", ["error"] = "EMFILE" })]);
        var best = new DescriptorExhaustion().Examine(Case("uploads fail", Round(1, [Command("descriptors", use)], failing))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("mediad (pid 77) has no file descriptor left: 1 calls failed with EMFILE in 12 s; it holds 96 of the 96 that its limit allows, mostly 91 socket", best.Cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("change /sys/fs/cgroup/shop/cpu.stat:nr_periods 100 160\nchange /sys/fs/cgroup/shop/cpu.stat:nr_throttled 10 64\nvalue /sys/fs/cgroup/shop cpu.max 25000 100000\nvalue /sys/fs/cgroup/shop cgroup.procs 12 13 \n", "cpu.max 25000 100000")]
    [InlineData("change /sys/fs/cgroup/cpu/shop/cpu.stat:nr_periods 100 160\nchange /sys/fs/cgroup/cpu/shop/cpu.stat:nr_throttled 10 64\nvalue /sys/fs/cgroup/cpu/shop cpu.cfs_quota_us 25000 \nvalue /sys/fs/cgroup/cpu/shop cpu.cfs_period_us 100000 \nvalue /sys/fs/cgroup/cpu/shop cgroup.procs 12 13 \n", "cpu.cfs_quota_us 25000 of cpu.cfs_period_us 100000")]
    public void A_quota_that_holds_back_is_read_from_both_versions_of_control_groups(string cgroups, string quota)
    {
        var best = new ThrottledCgroup().Examine(Case("reports take ages, it is slow", Round(1, [Command("cgroups", cgroups)]))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains($"shop may use 0.25 processors ({quota})", best.Cause, StringComparison.Ordinal);
        Assert.Contains("54 of 60 periods (90 %)", best.Cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("change /sys/fs/cgroup/memory/s/memory.failcnt:failcnt 100 900\nvalue /sys/fs/cgroup/memory/s memory.limit_in_bytes 41943040 \nvalue /sys/fs/cgroup/memory/s memory.usage_in_bytes 41943040 \n")]
    [InlineData("change /sys/fs/cgroup/s/memory.events.local:max 100 900\nvalue /sys/fs/cgroup/s memory.max 41943040 \nvalue /sys/fs/cgroup/s memory.high max \nvalue /sys/fs/cgroup/s memory.current 41943040 \n")]
    public void A_group_at_its_memory_limit_is_named_with_the_limit(string cgroups)
    {
        var best = new CgroupMemoryLimit().Examine(Case("search is slow", Round(1, [Command("cgroups", cgroups)]))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("memory limit of 40 MiB, 40 MiB in use", best.Cause, StringComparison.Ordinal);
        Assert.Contains("800 times", best.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slow_device_is_told_from_a_fast_one()
    {
        const string disks =
            "uptime 100.00\n 259 0 nvme0n1 100 0 800 50 10 0 80 5 0 40 60\n 252 0 nullb0 0 0 0 0 4 0 32 600 1 600 600\n"
            + "uptime 105.00\n 259 0 nvme0n1 200 0 1600 100 20 0 160 10 0 80 120\n 252 0 nullb0 0 0 0 0 36 0 288 5400 1 5500 5400\n";
        var best = new SlowDisk().Examine(Case("saving takes seconds", Round(1, [Command("vitals", disks.Replace("uptime 105", "io_some 0\nlater\nuptime 105", StringComparison.Ordinal) + "io_some 4000000\n")]))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("The disk nullb0 is slow: 32 requests took 150 ms each over 5 s", best.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_stuck_at_every_look_is_named_with_where_it_waits()
    {
        const string blocked = "looks 4\ntask 88 88 4 percpu_rwsem_wait 1 /srv/archive/today archiver\ntask 90 90 2 io_schedule 0 - cp\n";
        var best = new BlockedProcess().Examine(Case("the archiver hangs", Round(1, [Command("blocked", blocked)]))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("archiver (pid 88) is stuck in uninterruptible sleep (state D) in the kernel function percpu_rwsem_wait, on /srv/archive/today", best.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void To_wait_for_a_file_lock_is_no_cause_unless_the_issue_points_there()
    {
        var locks = Command("file_locks", "wait 51 50 FLOCK 4711 0 export-job|import-job|/srv/db.lock\n");
        var steady = Command("file_locks", locks.Stdout.Replace(" 0 ", " 1 ", StringComparison.Ordinal));
        var still = Command("blocked", "looks 4\n");

        Assert.False(new BlockedProcess().Examine(Case("a report could not be opened", Round(1, [locks, still]))).Findings.Single().IsCause);
        Assert.Equal(Confidence.Medium, new BlockedProcess().Examine(Case("a report could not be opened", Round(1, [steady, still]))).Findings.Single(f => f.IsCause).Confidence);

        var best = new BlockedProcess().Examine(Case("export-job stands still", Round(1, [locks, still]))).Findings.Single();
        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("export-job (pid 51) waits for a lock on /srv/db.lock that import-job (pid 50) holds", best.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_that_hand_a_lock_on_are_told_from_threads_that_wait_for_work()
    {
        var waits = Program("futex_waits", "syscalls/sys_enter_futex", [.. Enumerable.Range(0, 24).Select(i => Futex(i / 4.0, 100 + (i % 4), "FUTEX_WAIT_PRIVATE", 40_000))]);
        var suspected = new LockContention().Examine(Case("matchmaker answers slowly", Round(1, [], waits))).Findings.Single();
        Assert.NotEqual(Confidence.High, suspected.Confidence);
        Assert.NotNull(suspected.Proof);

        var handed = Round(2, [], Program("locks_of_100", "syscalls/sys_enter_futex",
            [.. Enumerable.Range(0, 12).SelectMany(i => new[] { Futex(i, 100 + (i % 4), "FUTEX_WAIT_PRIVATE", 40_000), Futex(i + 0.1, 100 + (i % 4), "FUTEX_WAKE_PRIVATE", 5) })]));
        var idle = Round(2, [], Program("locks_of_100", "syscalls/sys_enter_futex",
            [.. Enumerable.Range(0, 12).SelectMany(i => new[] { Futex(i, 100 + (i % 4), "FUTEX_WAIT_PRIVATE", 40_000), Futex(i + 0.1, 99, "FUTEX_WAKE_PRIVATE", 5) })]));

        Assert.Equal(Confidence.High, new LockContention().Examine(Case("matchmaker answers slowly", Round(1, [], waits), handed)).Findings.Single().Confidence);
        Assert.Equal(Confidence.Low, new LockContention().Examine(Case("matchmaker answers slowly", Round(1, [], waits), idle)).Findings.Single().Confidence);
    }

    [Fact]
    public void A_parent_that_forks_without_end_is_told_from_a_busy_build()
    {
        Assert.Contains("healthcheck (pid 9) starts short-lived processes", new ForkStorm().Examine(Case("load is through the roof", Round(1, [], Forks(9, "healthcheck", 4000)))).Findings.Single().Cause, StringComparison.Ordinal);
        Assert.Empty(new ForkStorm().Examine(Case("load is through the roof", Round(1, [], Forks(9, "make", 200)))).Findings);
    }

    [Theory]
    [InlineData("late", "waits 1200 ms (median) for the name server 10.0.0.2:53")]
    [InlineData("NXDOMAIN", "is answered NXDOMAIN: 6 times")]
    [InlineData("silent", "gets no answer from the name server 10.0.0.2:53")]
    public void A_name_server_that_fails_is_named_with_the_question(string manner, string expected)
    {
        var asked = Program("dns", "udp_sendmsg", [.. Enumerable.Range(0, 6).Select(i => Event(i, 61, "frontend", "udp_sendmsg", Question(manner, "api.shop.example")))], type: ProbeType.Kprobe);
        var best = new NameResolution().Examine(Case("frontend can't reach api.shop.example", Round(1, [], asked))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("frontend (pid 61)", best.Cause, StringComparison.Ordinal);
        Assert.Contains("api.shop.example", best.Cause, StringComparison.Ordinal);
        Assert.Contains(expected, best.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_a_search_list_tries_first_are_no_fault()
    {
        var asked = Program("dns", "udp_sendmsg",
        [
            Event(1, 61, "frontend", "udp_sendmsg", Question("NXDOMAIN", "db.shop.svc.cluster.local")),
            Event(1, 61, "frontend", "udp_sendmsg", Question("NOERROR", "db.shop")),
        ], type: ProbeType.Kprobe);

        Assert.Empty(new NameResolution().Examine(Case("frontend fails", Round(1, [], asked))).Findings);
    }

    [Fact]
    public void A_crash_that_only_the_log_tells_of_is_not_blamed_for_another_issue()
    {
        var log = Command("kernel_log", "5000.00 9000.00\n" + string.Concat(Enumerable.Range(0, 5).Select(i => $"[ 49{i}0.100] imaged[{100 + i}]: segfault at 0 ip 0000 sp 0000 error 4 in imaged\n")));

        Assert.All(new CrashingProcess().Examine(Case("something is odd", Round(1, [log]))).Findings, f => Assert.False(f.IsCause));
    }

    [Fact]
    public void A_call_that_fails_in_the_process_of_the_issue_is_proved_by_what_it_is_called_on()
    {
        var errors = Program("call_errors", "syscalls/sys_enter_*",
            [.. Enumerable.Range(0, 6).Select(i => Event(i, 33, "uploader", "sys_enter_mkdir", new JsonObject { ["syscall"] = "mkdir", ["error"] = "EACCES" }, uid: 1000))]);
        var suspected = new FailingCall().Examine(Case("the uploader stores nothing", Round(1, [], errors))).Findings.Single();
        Assert.Equal("syscalls/sys_enter_mkdir", suspected.Proof!.Programs.Single().Target);

        var proof = Program(suspected.Proof.Programs.Single().Name, "syscalls/sys_enter_mkdir", [Event(1, 33, "uploader", "sys_enter_mkdir", new JsonObject { ["pathname"] = "/srv/in/today", ["error"] = "EACCES" })]);
        var best = new FailingCall().Examine(Case("the uploader stores nothing", Round(1, [], errors), Round(2, [], proof))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("uploader (pid 33), uid 1000, fails in mkdir on /srv/in/today: 6 calls in 12 s ended in EACCES", best.Cause, StringComparison.Ordinal);
        Assert.Empty(new FailingCall().Examine(Case("something else", Round(1, [], errors))).Findings);
    }

    [Fact]
    public void A_file_system_that_only_the_failing_process_sees_is_looked_at_from_there()
    {
        var writes = Program("call_errors", "syscalls/sys_enter_*",
            [.. Enumerable.Range(0, 5).Select(i => Event(i, 12, "reportd", "sys_enter_write", new JsonObject { ["syscall"] = "write", ["error"] = "ENOSPC" }))]);
        var space = Command("disk_space", "Filesystem Type 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 ext4 1000000 400000 600000 40% /\n");
        var suspected = new FullFileSystem().Examine(Case("reports can't be saved", Round(1, [space], writes))).Findings.Single();
        var look = suspected.Proof!.Commands.Single();

        var best = new FullFileSystem().Examine(Case("reports can't be saved", Round(1, [space], writes), Round(2, [Command(look.Id, "fs / 1000 500 100 50\nfs /srv/reports 2048 0 1000 990\n")]))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("reportd (pid 12) fails with ENOSPC, 5 times in 12 s, for want of room on the file system /srv/reports, as that process sees it: out of space", best.Cause, StringComparison.Ordinal);
    }

    private static JsonObject Question(string manner, string query)
    {
        var data = new JsonObject { ["destination"] = "10.0.0.2:53", ["query"] = query, ["query_type"] = "A" };
        if (manner == "silent")
        {
            data["in_progress"] = true;
            data["age_us"] = 4_000_000;
        }
        else
        {
            data["answer_code"] = manner == "late" ? "NOERROR" : manner;
            data["latency_us"] = manner == "late" ? 1_200_000 : 300;
        }

        return data;
    }

    private static TraceEvent Futex(double second, int thread, string operation, double latency) =>
        Event(second, 100, "matchmaker", "sys_enter_futex", new JsonObject { ["address"] = "0x4bb340", ["operation"] = operation, ["timeout"] = "0x0", ["return_value"] = 0, ["latency_us"] = latency }) with { ThreadId = thread };

    private static KeyValuePair<string, ProgramResult> Retransmits(string state) => Program("retransmits", "tcp/tcp_retransmit_skb",
        [.. Enumerable.Range(0, 20).Select(i => Event(i / 2.0, 0, "swapper/0", "tcp_retransmit_skb", new JsonObject { ["destination"] = "10.0.0.8:7180", ["state"] = state }))]);

    private static KeyValuePair<string, ProgramResult> Forks(int pid, string name, int count)
    {
        var (key, program) = Program("forks", "sched/sched_process_fork", [], matched: count);
        return new(key, program with { Statistics = new TraceStatistics { ByProcess = [new ProcessCount(pid, name, count)], PerSecond = [.. Enumerable.Repeat(count / 12L, 12)] } });
    }

    private static string Vitals(long ioStalledUs) => $"uptime 100.00\nio_some 0\nmemory_some 0\nlater\nuptime 106.00\nio_some {ioStalledUs}\nmemory_some 0\n";
}
