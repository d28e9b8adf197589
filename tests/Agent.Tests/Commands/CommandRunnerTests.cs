using System.Diagnostics;
using System.Globalization;
using Sonde.Commands;
using Sonde.Protocol;

namespace Sonde.Tests.Commands;

/// <summary>On real processes of this machine.</summary>
public sealed class CommandRunnerTests : IDisposable
{
    private static readonly CommandLimits Short = new()
    {
        Timeout = TimeSpan.FromSeconds(1),
        TermGrace = TimeSpan.FromMilliseconds(200),
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sonde-commands");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_command_gives_its_output_and_exit_code()
    {
        var outcome = await Run("echo out; echo err >&2; exit 3");

        Assert.Equal("out\n", outcome.Result.Stdout);
        Assert.Equal("err\n", outcome.Result.Stderr);
        Assert.Equal(3, outcome.Result.ExitCode);
        Assert.False(outcome.Result.Truncated);
        Assert.Null(outcome.Result.Error);
        Assert.Equal("out\n", outcome.FullStdout);
        Assert.Equal("err\n", outcome.FullStderr);
    }

    [Fact]
    public async Task Death_by_a_signal_is_told_as_128_and_its_number()
    {
        Assert.Equal(128 + 11, (await Run("kill -SEGV $$")).Result.ExitCode);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_the_shells_127()
    {
        var result = (await Run("no-such-program-here")).Result;

        Assert.Equal(127, result.ExitCode);
        Assert.Contains("no-such-program-here", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n")]
    [InlineData("echo a\0b")]
    public async Task A_command_that_cannot_be_launched_is_an_error_value(string command)
    {
        var result = (await Run(command)).Result;

        Assert.Null(result.ExitCode);
        Assert.NotNull(result.Error);
    }

    [Fact]
    public async Task A_command_longer_than_an_argument_may_be_is_an_error_value()
    {
        var result = (await Run("true " + new string('x', 200_000))).Result;

        Assert.Null(result.ExitCode);
        Assert.Contains("Argument list too long", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_over_its_time_is_ended_and_keeps_what_it_printed()
    {
        var result = (await Run("echo begun; sleep 600", Short)).Result;

        Assert.Null(result.ExitCode);
        Assert.Equal("begun\n", result.Stdout);
        Assert.Contains("Not finished after 1 s", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_and_its_children_that_ignore_SIGTERM_are_killed()
    {
        var pids = Path.Combine(_folder.FullName, "pids");
        var result = (await Run($"trap '' TERM; sleep 600 & echo $$ $! > {pids}; while :; do sleep 600; done", Short)).Result;

        Assert.Null(result.ExitCode);
        Assert.Contains("Not finished", result.Error, StringComparison.Ordinal);
        foreach (var pid in (await File.ReadAllTextAsync(pids, TestContext.Current.CancellationToken)).Split(' ', StringSplitOptions.TrimEntries))
        {
            AssertEnds(pid);
        }
    }

    [Fact]
    public async Task What_a_command_leaves_in_its_process_group_is_killed_with_its_end()
    {
        var result = (await Run("sleep 600 & echo $!")).Result;

        Assert.Equal(0, result.ExitCode);
        AssertEnds(result.Stdout.Trim());
    }

    [Fact]
    public async Task The_result_does_not_wait_for_a_detached_child_that_holds_the_pipe()
    {
        var pidFile = Path.Combine(_folder.FullName, "detached");
        var result = (await Run($"setsid sh -c 'echo $$ > {pidFile}.new; mv {pidFile}.new {pidFile}; exec sleep 600' & while [ ! -e {pidFile} ]; do sleep 0.01; done; echo done")).Result;

        using var detached = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(pidFile, TestContext.Current.CancellationToken), CultureInfo.InvariantCulture));
        detached.Kill();
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("done\n", result.Stdout);
        Assert.Contains("detached process", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_command_and_keeps_what_it_printed()
    {
        var mark = Path.Combine(_folder.FullName, "begun");
        Assert.Equal(0, (await Run($"mkfifo {mark}")).Result.ExitCode);
        using var cancellation = new CancellationTokenSource();

        var running = RunUntil($"echo begun; echo > {mark}; sleep 600", null, cancellation.Token);
        // Opening a FIFO waits for its other end; a command that never opened it has ended by its limit.
        await Task.WhenAny(running, Task.Run(() => File.ReadAllText(mark), TestContext.Current.CancellationToken));
        await cancellation.CancelAsync();
        var result = (await running).Result;

        Assert.Null(result.ExitCode);
        Assert.Equal("begun\n", result.Stdout);
        Assert.Contains("interrupted", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_cancelled_before_its_turn_never_starts()
    {
        var mark = Path.Combine(_folder.FullName, "started");

        var result = (await RunUntil($"touch {mark}", null, new CancellationToken(canceled: true))).Result;

        Assert.Contains("Never started", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public async Task Long_output_on_both_streams_is_cut_in_the_middle_and_says_how_much_is_missing()
    {
        var outcome = await Run("seq 1 200000; seq 200001 400000 >&2", new CommandLimits { KeptBytes = 8 * 1024 * 1024 });

        Assert.True(outcome.Result.Truncated);
        foreach (var (text, full, first, last) in new[]
        {
            (outcome.Result.Stdout, outcome.FullStdout, 1, 200_000),
            (outcome.Result.Stderr, outcome.FullStderr, 200_001, 400_000),
        })
        {
            var whole = string.Concat(Enumerable.Range(first, 200_000).Select(static number => $"{number}\n"));
            Assert.Equal(whole, full);
            var gap = text.IndexOf("[... ", StringComparison.Ordinal);
            var afterGap = text.IndexOf(" bytes left out ...]\n", gap, StringComparison.Ordinal);
            var leftOut = int.Parse(text[(gap + 5)..afterGap], CultureInfo.InvariantCulture);
            var tail = text[(afterGap + " bytes left out ...]\n".Length)..];
            Assert.StartsWith(text[..gap], whole, StringComparison.Ordinal);
            Assert.EndsWith(tail, whole, StringComparison.Ordinal);
            Assert.Equal(whole.Length, gap + leftOut + tail.Length);
            Assert.InRange(gap + tail.Length, 32 * 1024, 64 * 1024);
        }
    }

    [Fact]
    public async Task A_flood_is_ended_at_its_bound()
    {
        var result = (await Run("cat /dev/zero", new CommandLimits { FloodBytes = 1 << 20, KeptBytes = 1 << 16, ResultBytes = 1 << 10 })).Result;

        Assert.Null(result.ExitCode);
        Assert.True(result.Truncated);
        Assert.Contains("Printed more than 1048576 bytes", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_is_empty_and_there_is_no_terminal()
    {
        var result = (await Run("cat; readlink /proc/self/fd/0; (: < /dev/tty) 2>/dev/null || echo no terminal")).Result;

        Assert.Equal("/dev/null\nno terminal\n", result.Stdout);
    }

    [Fact]
    public async Task A_command_leads_a_session_and_group_of_its_own()
    {
        // /proc/PID/stat: pid (comm) state ppid pgrp session
        var fields = (await Run("cat /proc/$$/stat")).Result.Stdout.Split(' ');

        Assert.Equal(fields[0], fields[4]);
        Assert.Equal(fields[0], fields[5]);
    }

    [Fact]
    public async Task No_secret_of_the_environment_is_inherited()
    {
        const string name = "SONDE_TEST_SECRET";
        Environment.SetEnvironmentVariable(name, "hunter2");
        try
        {
            var variables = (await Run("env")).Result.Stdout;

            Assert.DoesNotContain("hunter2", variables, StringComparison.Ordinal);
            Assert.Contains("LANG=C.UTF-8\n", variables, StringComparison.Ordinal);
            Assert.Contains("TERM=dumb\n", variables, StringComparison.Ordinal);
            Assert.Contains("PATH=/usr/local/sbin:", variables, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public async Task No_descriptor_is_inherited()
    {
        await using var open = File.OpenRead("/proc/self/status");

        // 3 is the folder that ls itself reads.
        Assert.Equal("0\n1\n2\n3\n", (await Run("ls /proc/self/fd")).Result.Stdout);
    }

    [Fact]
    public async Task No_signal_is_ignored_or_blocked_in_a_command()
    {
        var masks = (await Run("grep -E '^Sig(Blk|Ign):' /proc/self/status")).Result.Stdout;

        // 32 and 33 are the C library's own: its posix_spawn ignores them, a threaded program sets them again.
        Assert.Equal("SigBlk:\t0000000000000000\nSigIgn:\t0000000180000000\n", masks);
    }

    [Fact]
    public async Task No_zombie_and_no_descriptor_is_left()
    {
        using var runner = new CommandRunner(sandbox: null, Short);
        var pids = new List<string>();
        // The pool's and the runtime's own descriptors are there after the first round.
        await Round();
        var before = Descriptors();
        await Round();

        foreach (var pid in pids)
        {
            AssertEnds(pid);
        }

        // The thread closes its descriptors after the result is out.
        Assert.True(SpinWait.SpinUntil(() => Descriptors() <= before, TimeSpan.FromSeconds(30)));

        async Task Round()
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
                runner.RunAsync(new CommandRequest { Id = $"c{i}", Command = i % 10 == 0 ? "echo $$; sleep 600" : "echo $$" }, TestContext.Current.CancellationToken)));
            pids.AddRange(outcomes.Select(static outcome => outcome.Result.Stdout.Trim()));
        }

        static int Descriptors() => Directory.GetFiles("/proc/self/fd").Count(static path =>
            // Null where it was closed since the folder was read.
            new FileInfo(path).LinkTarget is { } target && (target.Contains("pipe:", StringComparison.Ordinal) || target.Contains("pidfd", StringComparison.Ordinal) || target.Contains("eventfd", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_made_visible()
    {
        var result = (await Run(@"printf 'a\377b\033[31mc\000d\r\ne\tf\303\244'")).Result;

        Assert.Equal("a\\xffb\\x1b[31mc\\0d\ne\tfä", result.Stdout);
    }

    private static Task<CommandOutcome> Run(string command, CommandLimits? limits = null) =>
        RunUntil(command, limits, TestContext.Current.CancellationToken);

    private static async Task<CommandOutcome> RunUntil(string command, CommandLimits? limits, CancellationToken cancellation)
    {
        using var runner = new CommandRunner(sandbox: null, limits);
        return await runner.RunAsync(new CommandRequest { Id = "test", Command = command }, cancellation);
    }

    // A killed child of a killed parent is collected by init, which takes its own time; a zombie of ours would stay.
    private static void AssertEnds(string pid) => Assert.True(
        SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{pid}") || IsForeignZombie(pid), TimeSpan.FromSeconds(30)),
        $"process {pid} is still there");

    private static bool IsForeignZombie(string pid)
    {
        try
        {
            var fields = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ');
            return fields[0] == "Z" && fields[1] != Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
