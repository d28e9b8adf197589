using System.Text.Json.Nodes;
using Sonde.Playbooks;
using Sonde.Playbooks.Detectors;
using Sonde.Protocol;
using static Sonde.Tests.Playbooks.Recorded;

namespace Sonde.Tests.Playbooks;

public sealed class OtherDetectorTests
{
    private const string Space =
        """
        Filesystem     Type  1024-blocks     Used Available Capacity Mounted on
        /dev/vda1      ext4     20509264 20509264         0     100% /
        /dev/loop3     squashfs    65536    65536         0     100% /snap/core/1
        tmpfs          tmpfs      508000      120    507880       1% /run
        """;

    [Fact]
    public void A_full_disk_that_makes_writes_fail_is_the_cause()
    {
        var writes = Program("write_errors", "syscalls/sys_enter_write",
            [.. Enumerable.Range(0, 7).Select(i => Event(3 + i, 12, "reportd", "sys_enter_write", new JsonObject { ["error"] = "ENOSPC" }))]);
        var best = new FullFileSystem().Examine(Case("reports can't be saved", Round(1, [Command("disk_space", Space)], writes))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("/ is out of space: 0 of 20028.6 MiB left", best.Cause, StringComparison.Ordinal);
        Assert.Contains(best.Evidence, e => e.Contains("7 calls failed with ENOSPC", StringComparison.Ordinal) && e.Contains("reportd (pid 12)", StringComparison.Ordinal));
    }

    [Fact]
    public void Inodes_can_run_out_while_space_is_left()
    {
        const string inodes = "Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/vdb1 65536 65536 0 100% /var/spool\n";
        const string space = "Filesystem Type 1024-blocks Used Available Capacity Mounted on\n/dev/vdb1 ext4 1000000 100000 900000 10% /var/spool\n";
        var best = new FullFileSystem().Examine(Case("no space left on device", Round(1, [Command("disk_space", space), Command("disk_inodes", inodes)]))).Findings.Single();

        Assert.Contains("/var/spool is out of inodes: 0 of 65536 inodes left", best.Cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[ 990.100] Memory cgroup out of memory: Killed process 512 (java) total-vm:1kB", true)]
    [InlineData("[ 10.100] Out of memory: Killed process 512 (java) total-vm:1kB", false)]
    public void Only_a_recent_kill_for_want_of_memory_counts(string line, bool found)
    {
        var log = Command("kernel_log", $"5000.00 9000.00\n{(found ? line.Replace("990.100", "4990.100", StringComparison.Ordinal) : line)}\n");
        var findings = new OutOfMemoryKill().Examine(Case("java disappears now and then", Round(1, [log]))).Findings;

        Assert.Equal(found, findings.Count == 1);
        Assert.All(findings, f => Assert.Contains("java (pid 512) for want of memory: its cgroup reached its limit", f.Cause, StringComparison.Ordinal));
    }

    [Fact]
    public void A_kill_some_minutes_ago_is_no_cause_of_an_issue_that_does_not_name_its_victim()
    {
        var log = Command("kernel_log", "5000.00 9000.00\n[ 4400.100] Out of memory: Killed process 512 (render) total-vm:1kB\n");

        Assert.False(new OutOfMemoryKill().Examine(Case("jobs disappear", Round(1, [log]))).Findings.Single().IsCause);
        Assert.True(new OutOfMemoryKill().Examine(Case("render disappears", Round(1, [log]))).Findings.Single().IsCause);
    }

    [Fact]
    public void Of_several_faults_that_the_issue_names_nothing_of_none_is_sure_and_what_it_names_comes_first()
    {
        RoundResults Seen(string first, string second) => Round(1, [],
            Program("process_exits", "sched/sched_process_exit",
            [
                .. Enumerable.Range(0, 6).SelectMany(i => new[] { (first, 100), (second, 200) }.Select(one =>
                    Event(2 + i, one.Item2 + i, one.Item1, "sched_process_exit", new JsonObject { ["signal"] = "SIGSEGV", ["lifetime_ms"] = 240 }))),
            ]));

        var unnamed = DetectorSet.Assess(Case("something crashes all the time", Seen("imager", "mailer")));
        Assert.NotEqual(Confidence.High, unnamed.Best!.Confidence);

        var named = DetectorSet.Assess(Case("mailer crashes all the time", Seen("imager", "mailer")));
        Assert.Equal(Confidence.High, named.Best!.Confidence);
        Assert.Contains("mailer", named.Best.Cause, StringComparison.Ordinal);
        Assert.All(named.Findings.Where(f => f.Cause.Contains("imager", StringComparison.Ordinal)), f => Assert.True(f.Score < named.Best.Score && f.Confidence != Confidence.High));
    }

    [Fact]
    public void A_program_that_keeps_dying_by_a_signal_is_a_crash_loop()
    {
        var exits = Program("process_exits", "sched/sched_process_exit",
        [
            .. Enumerable.Range(0, 5).Select(i => Event(2 + i, 100 + i, "imager", "sched_process_exit",
                new JsonObject { ["signal"] = "SIGSEGV", ["core_dumped"] = true, ["lifetime_ms"] = 240, ["parent_process_name"] = "runsv" })),
            .. Enumerable.Range(0, 9).Select(i => Event(2 + i, 200 + i, "sh", "sched_process_exit", new JsonObject { ["exit_code"] = 0 })),
        ]);
        var best = new CrashingProcess().Examine(Case("imager crashes all the time", Round(1, [], exits))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("crashes with SIGSEGV: 5 times in 12 s, after 240 ms of life (median); runsv starts it again", best.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Exits_without_a_code_in_the_event_claim_nothing()
    {
        var exits = Program("process_exits", "sched/sched_process_exit", [Event(2, 100, "imager", "sched_process_exit", new JsonObject { ["prio"] = 120 })]);

        Assert.Empty(new CrashingProcess().Examine(Case("imager crashes", Round(1, [], exits))).Findings);
    }

    [Fact]
    public void A_connect_still_pending_after_three_seconds_with_its_SYN_sent_again_has_no_answer()
    {
        var pending = Program("connects", "syscalls/sys_enter_connect",
            [Event(2, 31, "sync", "sys_enter_connect", new JsonObject { ["destination"] = "10.9.8.7:443", ["in_progress"] = true, ["age_us"] = 9_800_000 })]);
        var again = Program("retransmits", "tcp/tcp_retransmit_skb",
            [.. Enumerable.Range(0, 3).Select(i => Event(3 + i, 0, "swapper", "tcp_retransmit_skb", new JsonObject { ["destination"] = "10.9.8.7:443" }))]);
        var best = new UnansweredConnection().Examine(Case("sync to 10.9.8.7:443 times out", Round(1, [], pending, again))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("sync (pid 31) gets no answer from 10.9.8.7:443", best.Cause, StringComparison.Ordinal);
        Assert.Contains(best.Evidence, e => e.Contains("the oldest for 9.8 s", StringComparison.Ordinal));
        Assert.Contains(best.Evidence, e => e.Contains("3 segments to 10.9.8.7:443 sent again", StringComparison.Ordinal));
    }

    [Fact]
    public void One_process_that_fills_the_processors_is_named_with_its_share()
    {
        var total = Command("vitals", "cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 50 0 50 500 0 0 0 0 0 0\ncpu1 50 0 50 500 0 0 0 0 0 0\ncpu  680 0 110 1010 0 0 0 0 0 0\ncpu0 1 0 0 0 0 0 0 0\n");
        var each = Command("cpu_by_process", "seconds 6.00\nused 4242 1120 11300 render farm\nused 1 9 90 systemd\n");
        var best = new BusyProcessors().Examine(Case("everything is slow", Round(1, [total, each]))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("98 % of 2 busy over 6 s; render farm (pid 4242) used 187 % of one processor: it runs without pause, and it has most of them", best.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_busy_host_a_runaway_is_told_by_what_it_wants_and_not_by_its_rank()
    {
        var total = Command("vitals", "uptime 100.00\ncpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 50 0 50 500 0 0 0 0 0 0\ncpu1 50 0 50 500 0 0 0 0 0 0\nlater\nuptime 106.00\ncpu  1280 0 110 1010 0 0 0 0 0 0\n");
        var each = Command("cpu_by_process", "seconds 6.00\nused 77 420 4900 batch\nused 4242 240 5970 indexer\n");
        var best = new BusyProcessors().Examine(Case("the machine is sluggish", Round(1, [total, each]))).Findings.Single();

        Assert.Contains("indexer (pid 4242) used 40 % and wanted 100 % of one processor: it runs without pause", best.Cause, StringComparison.Ordinal);
        Assert.DoesNotContain("batch", best.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_runaway_is_named_but_not_surely_where_the_words_say_nothing()
    {
        var total = Command("vitals", "uptime 100.00\ncpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 50 0 50 500 0 0 0 0 0 0\ncpu1 50 0 50 500 0 0 0 0 0 0\nlater\nuptime 106.00\ncpu  690 0 110 1600 0 0 0 0 0 0\n");
        var each = Command("cpu_by_process", "seconds 6.00\nused 4242 590 5900 sh\nused 1 9 90 systemd\n");
        var best = new BusyProcessors().Examine(Case("customers complain", Round(1, [total, each]))).Findings.Single();

        Assert.True(best.IsCause);
        Assert.Equal(Confidence.Low, best.Confidence);
        Assert.Contains("sh (pid 4242) used 98 % of one processor: it runs without pause", best.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_that_was_cut_rules_nothing_out_and_is_named()
    {
        var cut = Command("cgroups", "") with { Truncated = true };
        var file = Case("reports are slow", Round(1, [cut]));

        Assert.Null(new ThrottledCgroup().Examine(file).RuledOut);
        Assert.NotNull(new ThrottledCgroup().Examine(Case("reports are slow", Round(1, [cut with { Stdout = "\n", Truncated = false }]))).RuledOut);
        Assert.Contains("Not seen whole: cgroups", ResolutionWriter.Write(file, DetectorSet.Assess(file)).EbpfEvidence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_agents_own_commands_are_told_by_their_users_from_services_of_the_same_name()
    {
        var opens = Program("open_errors", "syscalls/sys_enter_openat",
        [
            .. Enumerable.Range(0, 5).Select(i => Open(i, 900 + i, "cat", "/srv/billing/tariffs.json", "ENOENT")),
            .. Enumerable.Range(0, 5).Select(i => Open(i, 800, "cat", "/etc/own/settings.conf", "ENOENT", uid: CommandUsers.First + 3)),
        ]);
        var file = Case("billing cannot be started", Round(1, [Command("uptime", "1\n", "cat /proc/uptime")], opens));

        Assert.All(file.Programs.Single().Events, e => Assert.Equal("/srv/billing/tariffs.json", e.Text("filename")));
        Assert.Equal(5, file.Programs.Single().Events.Count);
    }

    [Fact]
    public void Little_memory_with_stalled_tasks_is_pressure()
    {
        var memory = Command("memory", "MemTotal:        2000000 kB\nMemFree:           20000 kB\nMemAvailable:      40000 kB\n");
        var pressure = Command("vitals", "uptime 100.00\nmemory_some 0\nlater\nuptime 106.00\nmemory_some 1890000\n");
        var largest = Command("processes", "  PID  PPID   UID STAT %CPU    RSS ELAPSED COMMAND\n    1     0     0 Ss    0.0  11000 1000 /sbin/init\n  900     1     0 S     0.1 1500000 100 /opt/leaky --serve\n");
        var best = new MemoryPressure().Examine(Case("memory runs out", Round(1, [memory, pressure, largest]))).Findings.Single();

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("39 of 1953 MiB available (2 %), tasks stalled for memory 31.5 % of the last seconds; the largest process is leaky (pid 900)", best.Cause, StringComparison.Ordinal);
    }
}
