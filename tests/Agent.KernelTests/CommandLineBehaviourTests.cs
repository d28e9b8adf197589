using System.Text.Json.Nodes;

namespace Sonde.Tests;

/// <summary>The command line as a shell sees it: what is on which stream, and the exit code.</summary>
public sealed class CommandLineBehaviourTests
{
    public CommandLineBehaviourTests() => Assert.SkipWhen(PublishedBinary.Path is null, "dist/sonde is not built: run ./build.sh");

    [Fact]
    public async Task The_version_is_one_line()
    {
        var run = await PublishedBinary.RunAsync("--version");

        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
        Assert.Matches(@"^sonde \d+\.\d+\.\d+\S*\n$", run.Stdout);
    }

    [Theory]
    [InlineData("Environment:", "--help")]
    [InlineData("NANNYAPI_ENDPOINT", "diagnose", "--help")]
    [InlineData("--ready-file", "trace", "--help")]
    [InlineData("{\"result\"", "trace", "--help")]
    [InlineData("Exit codes:", "execute", "--help")]
    public async Task Help_teaches(string shown, params string[] line)
    {
        var run = await PublishedBinary.RunAsync(line);

        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
        Assert.Contains(shown, run.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData()]
    [InlineData("diagnoze", "x")]
    [InlineData("trace", "kprobe:tcp_connect", "--pid", "many")]
    [InlineData("trace", "kprobe:tcp_connect", "--pdi", "5")]
    [InlineData("execute", "/no/such/plan.json")]
    [InlineData("diagnose", "--endpoint", "http://localhost:1", "no model is named")]
    public async Task Wrong_usage_exits_2_and_says_why_on_stderr(params string[] line)
    {
        var run = await PublishedBinary.RunAsync(line);

        Assert.Equal((2, ""), (run.ExitCode, run.Stdout));
        Assert.NotEqual("", run.Stderr);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no plan at all")]
    [InlineData("""{"response_type":"diagnostic"}""")]
    [InlineData("""{"response_type":"resolution","root_cause":"a","resolution_plan":"b","confidence":"High"}""")]
    public async Task What_is_no_plan_exits_2(string text)
    {
        var run = await PublishedBinary.RunWithInputAsync(text, "execute", "-");

        Assert.Equal((2, ""), (run.ExitCode, run.Stdout));
        Assert.Contains("standard input", run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Executing_prints_nothing_but_the_results_on_stdout()
    {
        var run = await PublishedBinary.RunWithInputAsync(
            """{"response_type":"diagnostic","commands":[{"id":"one","command":"echo out; echo err >&2; exit 3"},"no-such-program-here"]}""", "execute", "-");

        Assert.Equal(0, run.ExitCode);
        var commands = JsonNode.Parse(run.Stdout)!["command_results"]!.AsArray();
        Assert.Equal(("one", "out\n", "err\n", 3), ((string?)commands[0]!["id"], (string?)commands[0]!["stdout"], (string?)commands[0]!["stderr"], (int)commands[0]!["exit_code"]!));
        Assert.Equal(127, (int)commands[1]!["exit_code"]!);
        Assert.Contains("exit code 3", run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_logs_stderr_stays_empty()
    {
        var run = await PublishedBinary.RunWithInputAsync("""{"response_type":"diagnostic","commands":["true"]}""", "execute", "-", "--log-level", "none");

        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
    }

    [Fact]
    public async Task An_interrupted_plan_still_gives_what_it_gathered()
    {
        var folder = Directory.CreateTempSubdirectory("sonde-plan");
        try
        {
            var (plan, ready) = (Path.Combine(folder.FullName, "plan.json"), Path.Combine(folder.FullName, "ready"));
            await File.WriteAllTextAsync(plan, """{"response_type":"diagnostic","commands":["sleep 100"]}""", TestContext.Current.CancellationToken);
            using var sonde = PublishedBinary.Start(new Dictionary<string, string>(), "execute", plan, "--ready-file", ready);
            await sonde.ReadyAsync(ready);
            sonde.Interrupt();
            var run = await sonde.EndAsync();

            Assert.Equal(3, run.ExitCode);
            Assert.NotNull((string?)JsonNode.Parse(run.Stdout)!["command_results"]![0]!["error"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_trace_that_is_interrupted_ends_with_its_result()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "tracing needs root");
        var folder = Directory.CreateTempSubdirectory("sonde-trace");
        try
        {
            var ready = Path.Combine(folder.FullName, "ready");
            using var sonde = PublishedBinary.Start(
                new Dictionary<string, string>(), "trace", "tracepoint", "sched/sched_process_exec", "-d", "100", "--json", "--ready-file", ready);
            await sonde.ReadyAsync(ready);
            var traced = (await PublishedBinary.RunAsync("--version")).ExitCode;
            sonde.Interrupt();
            var run = await sonde.EndAsync();

            Assert.Equal((0, 3), (traced, run.ExitCode));
            var lines = run.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.All(lines[..^1], static line => Assert.Equal("sched_process_exec", (string?)JsonNode.Parse(line)!["event_type"]));
            Assert.True((long)JsonNode.Parse(lines[^1])!["result"]!["event_count"]! >= 1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task An_unknown_target_exits_2_and_names_near_ones()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "tracing needs root");
        var run = await PublishedBinary.RunAsync("trace", "tracepoint", "syscalls/sys_enter_opnat");

        Assert.Equal((2, ""), (run.ExitCode, run.Stdout));
        Assert.Contains("sys_enter_openat", run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_spells_targets_with_their_arguments()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "reading tracefs needs root");
        var run = await PublishedBinary.RunAsync("list", "sched/sched_process_exec");

        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
        Assert.StartsWith("tracepoint:sched/sched_process_exec(", run.Stdout, StringComparison.Ordinal);
        Assert.Contains("filename", run.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_names_a_fix_beside_each_failure_and_fails_where_no_model_answers()
    {
        var run = await PublishedBinary.RunAsync("check", "--json", "--endpoint", "http://127.0.0.1:1/v1", "--model", "some-model");

        Assert.Equal(1, run.ExitCode);
        var report = JsonNode.Parse(run.Stdout)!;
        Assert.False((bool)report["ready"]!);
        var failed = report["checks"]!.AsArray().Where(static check => (string?)check!["status"] == "failed").ToList();
        Assert.Contains(failed, static check => (string?)check!["name"] == "model");
        Assert.All(failed, static check => Assert.NotNull((string?)check!["fix"]));
    }

    [Theory]
    [InlineData("prompt", "ebpf_programs")]
    [InlineData("schema", "\"ebpf_programs\"")]
    public async Task Texts_of_the_contract_are_printed(string verb, string shown)
    {
        var run = await PublishedBinary.RunAsync(verb);

        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
        Assert.Contains(shown, run.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_TensorZero_folder_is_written_and_never_overwrites_what_a_person_changed()
    {
        var folder = Directory.CreateTempSubdirectory("sonde-tensorzero");
        try
        {
            var first = await PublishedBinary.RunAsync("tensorzero", folder.FullName);
            var configuration = Path.Combine(folder.FullName, "tensorzero.toml");
            await File.AppendAllTextAsync(configuration, "# mine\n", TestContext.Current.CancellationToken);
            var second = await PublishedBinary.RunAsync("tensorzero", folder.FullName);

            Assert.Equal(0, first.ExitCode);
            Assert.Contains(configuration, first.Stdout, StringComparison.Ordinal);
            Assert.Equal(1, second.ExitCode);
            Assert.EndsWith("# mine\n", await File.ReadAllTextAsync(configuration, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("prompt")]
    [InlineData("schema")]
    public async Task The_binary_is_enough_for_itself_in_an_empty_root_folder(string verb)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "chroot needs root");
        using var root = new RootFolder();
        var run = await root.RunAsync(verb);

        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
        Assert.NotEqual("", run.Stdout);
    }
}
