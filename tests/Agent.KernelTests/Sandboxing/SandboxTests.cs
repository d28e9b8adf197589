using Sonde.Commands.Sandboxing;
using Sonde.Protocol;

namespace Sonde.Tests.Sandboxing;

/// <summary>What a confined command is, has and can't have.</summary>
public sealed class SandboxTests : IDisposable
{
    private readonly DirectoryInfo _folder;

    public SandboxTests()
    {
        Assert.SkipWhen(Confined.Unavailable is not null, Confined.Unavailable ?? "");
        _folder = Directory.CreateTempSubdirectory("sonde-sandbox-");
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0x1ff);
    }

    /// <summary>The names of all steps, from the code that runs them.</summary>
    public static TheoryData<string> Steps =>
        [.. new SandboxMounts(cutNetwork: false).Steps.Concat(new SandboxIdentity(1, SandboxProfile.Default).Steps).Select(static step => step.Name), "seccomp"];

    public void Dispose() => _folder?.Delete(recursive: true);

    [Fact]
    public async Task A_command_is_a_user_who_owns_nothing_with_capabilities_that_only_read()
    {
        using var confined = new Confined();

        var status = (await confined.RunAsync("grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:|SigBlk|SigIgn)' /proc/self/status")).Stdout;

        var fields = status.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split('\t', 2)).ToDictionary(static f => f[0], static f => f[1].Trim());
        Assert.All(fields["Uid:"].Split('\t'), static id => Assert.True(long.Parse(id) >= CommandUsers.First, id));
        Assert.Equal(fields["Uid:"], fields["Gid:"]);
        Assert.Equal("", fields["Groups:"]);
        Assert.Equal("1", fields["NoNewPrivs:"]);
        Assert.Equal("2", fields["Seccomp:"]);
        const ulong Reading = (1UL << 2) | (1UL << 19) | (1UL << 34);
        Assert.All((string[])["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"], set => Assert.Equal(0UL, Convert.ToUInt64(fields[set], 16) & ~Reading));
        Assert.Equal(0UL, Convert.ToUInt64(fields["SigBlk:"], 16));
        Assert.Equal(0UL, Convert.ToUInt64(fields["SigIgn:"], 16) & ~0x180000000UL);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Where_a_protection_cannot_be_had_the_command_never_starts_and_the_result_says_which(string step)
    {
        using var confined = new Confined(failingStep: step);

        // Harmless if it ran, and then seen.
        var result = await confined.RunAsync("echo started");

        Assert.Equal(SandboxExec.NotConfined, result.ExitCode);
        Assert.Equal("", result.Stdout);
        Assert.Contains($"({step}: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_in_the_scratch_folder_are_the_commands_own_and_vanish()
    {
        using var confined = new Confined();

        var result = await confined.RunAsync(
            "cd $TMPDIR && echo one > a && echo two >> a && mkdir -p d/e && mv a d/e/b && cat d/e/b && rm -r d && ls d; f=$(mktemp) && echo three > $f && cat $f; "
            + "seq 1 200000 | sort -S 100k | tail -n 1; echo seen > $TMPDIR/sonde-scratch; cat $TMPDIR/sonde-scratch");

        Assert.Equal("one\ntwo\nthree\n99999\nseen\n", result.Stdout);
        Assert.False(File.Exists(Path.Combine(SandboxMounts.ScratchFolder!, "sonde-scratch")));
        Assert.DoesNotContain("sonde-scratch", (await confined.RunAsync("ls $TMPDIR")).Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hosts_own_temporary_files_are_seen_and_stay_as_they_are()
    {
        var file = Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(file, "host\n", TestContext.Current.CancellationToken);
        using var confined = new Confined();

        var result = await confined.RunAsync($"cat {file}; echo changed > {file}; rm -rf {_folder.FullName}/*");

        Assert.StartsWith("host\n", result.Stdout, StringComparison.Ordinal);
        Assert.Equal("host\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Output_can_be_redirected_to_null_and_to_the_commands_own_streams()
    {
        using var confined = new Confined();

        var result = await confined.RunAsync("ls / >/dev/null; echo err > /dev/stderr; echo out | tee /dev/stderr; echo fd > /dev/fd/1; echo proc > /proc/self/fd/2; ls /nowhere 2>/dev/null; true");

        Assert.Equal("out\nfd\n", result.Stdout);
        Assert.Equal("err\nout\nproc\n", result.Stderr);
    }

    [Fact]
    public async Task A_file_of_the_scratch_folder_can_be_locked_and_no_file_of_the_host()
    {
        var file = Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(file, "host\n", TestContext.Current.CancellationToken);
        using var confined = new Confined();

        var result = await confined.RunAsync(
            $"exec 5<{file}; flock -x 5 2>&1; flock -s 5 && echo shared; exec 6>$TMPDIR/lock; flock -x 6 && echo locked; exec 7<$TMPDIR/lock; flock -n -x 7 || echo held; flock -u 6; flock -n -x 7 && echo free");

        Assert.Equal("flock: 5: No locks available\nshared\nlocked\nheld\nfree\n", result.Stdout);
    }

    [Theory]
    [InlineData("perl -e 'while (defined($p = fork)) { if (!$p) { sleep 60; exit } $n++ } print $n < 64 ? \"few\" : \"many\", \" $!\\n\"; kill 9, -$$'", "few Resource temporarily unavailable\n")]
    [InlineData("perl -e '$n = 600 << 20; $a = \"x\" x $n; print \"got it\\n\"' 2>&1 | grep -o 'Out of memory'", "Out of memory\n")]
    [InlineData("for i in 1 2 3; do head -c 30M /dev/zero > $TMPDIR/f$i; done 2>&1; cat $TMPDIR/f* | wc -c", "head: error writing 'standard output': No space left on device\n67108864\n")]
    [InlineData("perl -e 'open $f[$_], \"<\", \"/dev/null\" or print(\"$_ $!\\n\"), last for 1..999'", "254 Too many open files\n")]
    public async Task A_bound_holds_whoever_goes_to_it(string command, string printed)
    {
        using var confined = new Confined();

        Assert.Equal(printed, (await confined.RunAsync(command)).Stdout);
        AbuseTests.AssertNoneLeft();
    }

    [Fact]
    public async Task A_second_supervisor_cannot_be_put_before_the_first()
    {
        using var confined = new Confined();

        // seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, …)
        var result = await confined.RunAsync("""perl -e '$r = syscall(317, 1, 8, 0); print "$r $!\n"'""");

        Assert.Equal("-1 Operation not permitted\n", result.Stdout);
    }

    [Theory]
    [InlineData("syscall(437, -100, 0, 0, 0)", "Function not implemented")] // openat2
    [InlineData("syscall(435, 0, 0)", "Function not implemented")] // clone3
    [InlineData("syscall(425, 1, 0)", "Function not implemented")] // io_uring_setup
    [InlineData("syscall(469, 0, 0, 0, 0, 0)", "Function not implemented")] // newer than the filter
    [InlineData("syscall(272, 0x10000000)", "Operation not permitted")] // unshare(CLONE_NEWUSER)
    [InlineData("syscall(56, 0x10000011, 0, 0, 0, 0)", "Operation not permitted")] // clone(CLONE_NEWUSER)
    [InlineData("syscall(101, 16, 1, 0, 0)", "Operation not permitted")] // ptrace(PTRACE_ATTACH)
    [InlineData("syscall(321, 0, 0, 0)", "Operation not permitted")] // bpf
    [InlineData("syscall(438, 3, 0, 0)", "Operation not permitted")] // pidfd_getfd
    [InlineData("syscall(41, 1, 1, 0)", "Address family not supported by protocol")] // socket(AF_UNIX)
    [InlineData("syscall(53, 1, 1, 0, 0)", "Address family not supported by protocol")] // socketpair
    [InlineData("syscall(16, 0, 0x5412, 0)", "Inappropriate ioctl for device")] // ioctl(TIOCSTI)
    public async Task A_call_that_the_filter_refuses_fails_as_it_says(string call, string error)
    {
        using var confined = new Confined();

        Assert.Equal($"-1 {error}\n", (await confined.RunAsync($$"""perl -e '$r = {{call}}; print "$r $!\n"'""")).Stdout);
    }

    [Fact]
    public async Task A_call_of_another_convention_ends_the_process()
    {
        using var confined = new Confined();

        // getpid by its x32 number.
        Assert.Equal(128 + 31, (await confined.RunAsync("perl -e 'syscall(0x40000027); print \"alive\"'; exit $?")).ExitCode);
    }

    [Fact]
    public async Task Detached_processes_end_with_their_command()
    {
        using var confined = new Confined();

        var result = await confined.RunAsync("for i in 1 2 3; do setsid nohup sh -c 'sleep 900' >/dev/null 2>&1 & done; sleep 0.2; ps -eo uid,pid,args | awk -v u=$(id -u) '$1 == u && /sleep 900/ {print $2}'");

        var pids = result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(pids);
        Assert.All(pids, static pid => Assert.True(
            SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{pid}") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal), TimeSpan.FromSeconds(30)), pid));
    }

    [Fact]
    public async Task Commands_side_by_side_cannot_reach_each_other()
    {
        using var confined = new Confined();
        var patient = confined.RunAsync("sleep 1.5; echo survived");

        var attacker = await confined.RunAsync("sleep 0.3; kill -9 -1; exit 0");

        Assert.NotEqual("", (await patient).Stdout);
        Assert.Equal("survived\n", (await patient).Stdout);
        Assert.NotNull(attacker);
    }

    [Fact]
    public async Task A_place_given_back_after_its_sandbox_is_gone_leaves_the_next_sandbox_alone()
    {
        var gone = new Sandbox(PublishedBinary.Path);
        var slot = gone.TryEnter(out var reason);
        Assert.True(slot is not null, reason);
        gone.Dispose();
        using var confined = new Confined();

        // The same process gives the same users away.
        var patient = confined.RunAsync("sleep 1.5; echo survived");
        Assert.True(SpinWait.SpinUntil(static () => Confined.ProcessesOf(Environment.ProcessId, Confined.IsAlive).Any(), TimeSpan.FromSeconds(30)));
        slot.Dispose();

        Assert.Equal("survived\n", (await patient).Stdout);
    }
}
