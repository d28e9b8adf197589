using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Sonde.Tests.Dialogue;

namespace Sonde.Tests;

/// <summary>The main job whole: the published binary, a scripted gateway, real commands and a real tracepoint.</summary>
public sealed class DiagnoseEndToEndTests : IDisposable
{
    private const string Model = "tensorzero::function_name::diagnose_and_heal";
    private const string Key = "sk-end-to-end-4711";
    private const string Found = """{"response_type":"resolution","root_cause":"a file is missing","resolution_plan":["create it"],"confidence":"high"}""";

    // A name of its own, so that only this test's process passes the filter.
    private const string Comm = "sonde_e2e_cat";

    // Far beyond what anything here needs: ends a hang, decides nothing.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("sonde-e2e-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_round_brings_back_what_the_command_did_in_the_kernel_and_the_models_resolution_ends_it()
    {
        var missing = Enumerable.Range(1, 3).Select(n => $"{_folder}/missing{n}").ToArray();
        await using var server = Gateway(
            // Without a language `cat` opens nothing but its libraries and what it is told to: all of it fits the sample.
            Turn.Reply("Let me look.\n```json\n" + Plan($"LC_ALL=C {Program()} {string.Join(' ', missing)}", seconds: 3) + "\n```"),
            Turn.Reply("not sure yet"),
            Turn.Reply(Found));

        var (exit, report, stderr) = await DiagnoseAsync(server);

        Assert.Empty(server.Violations);
        Assert.Equal(0, server.TurnsLeft);
        Assert.True(exit == 0, stderr);
        Assert.Equal(("resolved", Model, 1), ((string?)report["outcome"], (string?)report["model"], (int?)report["usage"]!["rounds"]));
        Assert.Equal("a file is missing", (string?)report["resolution"]!["root_cause"]);

        var sent = JsonNode.Parse(server.Requests[1].Messages[^1].Content)!;
        Assert.Equal(1, (int?)sent["command_results"]![0]!["exit_code"]);
        Assert.Contains("No such file or directory", (string?)sent["command_results"]![0]!["stderr"], StringComparison.Ordinal);

        var program = Assert.Single(sent["ebpf_results"]!.AsObject()).Value!;
        Assert.True(program["error"] is null, program.ToJsonString());
        var counts = program["counts"]!;
        Assert.Equal((long)program["event_count"]!, (long)counts["matched"]!);
        Assert.Equal((long)counts["matched"]!, (long)counts["delivered"]! + (long)counts["sampled_out"]! + (long)counts["lost"]!);
        var opened = program["events"]!.AsArray().Where(static e => (string?)e!["data"]!["error"] == "ENOENT").Select(static e => (string?)e!["data"]!["filename"]);
        Assert.Superset(missing.ToHashSet<string?>(), opened.ToHashSet());
        Assert.All(program["events"]!.AsArray(), static e => Assert.Equal(Comm, (string?)e!["process_name"]));
    }

    [Fact]
    public async Task The_detectors_findings_reach_the_model_and_each_of_its_claims_is_held_against_the_evidence()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var refusing = (IPEndPoint)bound.LocalEndPoint!;
        using var done = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var trying = Task.Factory.StartNew(() => TryAgainAndAgain(refusing, done.Token), done.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        JsonNode? sent = null;
        await using var server = Gateway(
            Turn.Reply(RefusedConnects(seconds: 4)),
            Turn.Reply(request =>
            {
                sent = JsonNode.Parse(request.Messages[^1].Content)!;
                var count = (long)sent["ebpf_results"]!.AsObject().Single().Value!["event_count"]!;
                return new JsonObject
                {
                    ["response_type"] = "resolution",
                    ["root_cause"] = $"P1: {count} connects of pid {Environment.ProcessId} to {refusing} failed with ECONNREFUSED.",
                    ["resolution_plan"] = "start the service",
                    ["confidence"] = "High",
                    ["ebpf_evidence"] = new JsonArray($"P1 saw {count + 5000} events.", "P1: /etc/nowhere/else.conf is missing."),
                }.ToJsonString();
            }));

        var (exit, report, stderr) = await DiagnoseAsync(server, $"my app is refused by {refusing}");
        await done.CancelAsync();
        await trying;

        Assert.True(exit == 0, stderr);
        Assert.Empty(server.Violations);
        var finding = sent!["findings"]![0]!;
        Assert.Equal("F1", (string?)finding["evidence_id"]);
        Assert.Contains(refusing.ToString(), (string?)finding["cause"], StringComparison.Ordinal);
        Assert.Contains("P1", finding["cites"]!.AsArray().Select(static c => (string?)c));

        var check = report["claim_check"]!;
        Assert.Equal("High", (string?)check["model_confidence"]);
        Assert.Equal("Low", (string?)report["resolution"]!["confidence"]);
        Assert.Equal(["verified", "contradicted", "unsupported"], check["claims"]!.AsArray().Select(static c => (string?)c!["verdict"]));
        var shown = File.ReadAllText(Path.Combine(_folder, "session", "report.md"));
        Assert.All(["verified", "contradicted", "unsupported", "the model said High"], word => Assert.Contains(word, shown, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_session_folder_keeps_the_dialogue_and_never_the_key()
    {
        await using var server = Gateway(Turn.Reply(Plan("echo out", seconds: 1)), Turn.Reply(Found));

        var (exit, _, stderr) = await DiagnoseAsync(server);

        Assert.True(exit == 0, stderr);
        var session = Path.Combine(_folder, "session");
        Assert.Equal("out\n", File.ReadAllText(Directory.GetFiles(session, "*.stdout.txt", SearchOption.AllDirectories).Single()));
        var transcript = File.ReadAllLines(Path.Combine(session, "transcript.jsonl"));
        Assert.Equal(["sent", "received", "sent", "received"], transcript.Select(static l => (string?)JsonNode.Parse(l)!["kind"]));
        Assert.True(File.Exists(Path.Combine(session, "report.md")));
        Assert.All(Directory.GetFiles(session, "*", SearchOption.AllDirectories), static f => Assert.DoesNotContain(Key, File.ReadAllText(f), StringComparison.Ordinal));
        Assert.DoesNotContain(Key, stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_gone_midway_leaves_a_partial_report_and_exit_code_3()
    {
        await using var server = Gateway(Turn.Reply(Plan("echo out", seconds: 1)), Turn.Error(401, "key expired"));

        var (exit, report, stderr) = await DiagnoseAsync(server);

        Assert.Equal(3, exit);
        Assert.Equal("partial", (string?)report["outcome"]);
        Assert.Single(report["rounds"]!.AsArray());
        Assert.Contains("key expired", stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_refuses_the_first_call_is_exit_code_1_and_says_why()
    {
        await using var server = Gateway(Turn.Error(404, "Unknown function"));

        var (exit, report, stderr) = await DiagnoseAsync(server);

        Assert.Equal((1, "failed"), (exit, (string?)report["outcome"]));
        Assert.Contains("Unknown function", stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_detaches_and_still_writes_what_was_gathered()
    {
        var signal = Path.Combine(_folder, "signal");
        using (var mkfifo = Process.Start("mkfifo", [signal]))
        {
            mkfifo.WaitForExit();
        }

        await using var server = Gateway(Turn.Reply(Plan($"cat {signal}; sleep 300", seconds: 300)));
        using var sonde = Start(server);

        // Opening a FIFO waits for its other end: the command runs, so everything is attached. A confined command may read it, not write.
        var opened = Task.Run(() => File.WriteAllText(signal, "go"), TestContext.Current.CancellationToken);
        await opened.WaitAsync(Patience, TestContext.Current.CancellationToken);
        sonde.Interrupt();
        var (exit, stdout, stderr) = await sonde.EndAsync();

        Assert.True(exit == 3, stderr);
        var report = JsonNode.Parse(stdout)!;
        Assert.Equal("partial", (string?)report["outcome"]);
        var results = Assert.Single(report["rounds"]!.AsArray())!["results"]!;
        Assert.Single(results["ebpf_results"]!.AsObject());
        Assert.NotNull(results["command_results"]![0]!["error"]);
        Assert.Single(server.Requests);
    }

    private static ContractServer Gateway(params Turn[] script)
    {
        Assert.SkipUnless(PublishedBinary.Path is not null, "the binary is not published (dist/sonde, or SONDE_BINARY)");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root to trace");
        return new ContractServer(GatewayKind.TensorZero, Key, script);
    }

    private string Program()
    {
        var path = Path.Combine(_folder, Comm);
        File.Copy("/bin/cat", path);
        return path;
    }

    private static void TryAgainAndAgain(IPEndPoint refusing, CancellationToken done)
    {
        do
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                client.Connect(refusing);
            }
            catch (SocketException refused)
            {
                Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
            }
        }
        while (!done.WaitHandle.WaitOne(50));
    }

    private static string RefusedConnects(int seconds) => new JsonObject
    {
        ["response_type"] = "diagnostic",
        ["ebpf_programs"] = new JsonArray(new JsonObject
        {
            ["name"] = "refused",
            ["type"] = "tracepoint",
            ["target"] = "syscalls/sys_enter_connect",
            ["duration"] = seconds,
            ["filters"] = new JsonObject { ["pid"] = Environment.ProcessId, ["errors_only"] = true },
        }),
    }.ToJsonString();

    private static string Plan(string command, int seconds) => new JsonObject
    {
        ["response_type"] = "diagnostic",
        ["commands"] = new JsonArray(new JsonObject { ["id"] = "provoke", ["command"] = command }),
        ["ebpf_programs"] = new JsonArray(new JsonObject
        {
            ["name"] = "opens",
            ["type"] = "tracepoint",
            ["target"] = "syscalls/sys_enter_openat",
            ["duration"] = seconds,
            ["filters"] = new JsonObject { ["comm"] = Comm },
        }),
    }.ToJsonString();

    private PublishedBinary Start(ContractServer server, string issue = "my app does not start") => PublishedBinary.Start(
        new Dictionary<string, string> { ["NANNYAPI_ENDPOINT"] = server.Endpoint.ToString(), ["NANNYAPI_MODEL"] = Model, ["NANNYAPI_KEY"] = Key },
        "diagnose", "--json", "--report", Path.Combine(_folder, "session"), issue);

    private async Task<(int ExitCode, JsonNode Report, string Stderr)> DiagnoseAsync(ContractServer server, string issue = "my app does not start")
    {
        using var sonde = Start(server, issue);
        var (exit, stdout, stderr) = await sonde.EndAsync();
        Assert.True(stdout.Length > 0, $"exit code {exit}, nothing on standard output; on standard error: {stderr}");
        return (exit, JsonNode.Parse(stdout)!, stderr);
    }
}
