using System.Text.Json.Nodes;
using Sonde.Tests.Dialogue;
using Sonde.Tests.Redaction;

namespace Sonde.Tests;

/// <summary>What a person can hold a diagnosis to, with the published binary: see what is sent, see plans before they run, and find no secret afterwards.</summary>
public sealed class OperatorEndToEndTests : IDisposable
{
    private const string Found = """{"response_type":"resolution","root_cause":"found","resolution_plan":["none"],"confidence":"high"}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("sonde-operator-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Session => Path.Combine(_folder, "session");

    [Fact]
    public async Task Of_200_planted_secrets_99_percent_are_neither_sent_nor_saved_nor_told()
    {
        Planted[] planted = [.. new PlantedSecrets(815).Make(each: 10)];
        File.WriteAllText(Path.Combine(_folder, "host.txt"), string.Join("\n-- \n", planted.Select(static p => p.Text)));
        await using var server = Gateway(Turn.Reply(Plan($"cat {_folder}/host.txt")), Turn.Reply(Found));

        var (exit, stdout, stderr) = await RunAsync(server, "--json", "--show-sent", "--log-level", "trace", "--context-budget", "400000", "login fails");

        Assert.True(exit == 0, stderr);
        var kept = Directory.GetFiles(Session, "*", SearchOption.AllDirectories).Select(File.ReadAllText);
        var all = string.Concat(kept) + string.Concat(server.Requests.Select(static r => r.Text)) + stdout + stderr;
        var seen = planted.Where(p => p.Secret.Any(part => all.Contains(part, StringComparison.Ordinal) || all.Contains(JsonValue.Create(part).ToJsonString().Trim('"'), StringComparison.Ordinal))).ToList();
        TestContext.Current.TestOutputHelper!.WriteLine($"{planted.Length - seen.Count} of {planted.Length} planted secrets are in no file, request or line of output");
        Assert.True(seen.Count <= 2, string.Join("\n", seen.Select(static p => p.Text)));
        Assert.Contains("<secret:1>", all, StringComparison.Ordinal);
        Assert.True(JsonNode.Parse(stdout)!["redactions"]!.AsObject().Sum(static k => (long)k.Value!) > 100);
    }

    [Fact]
    public async Task A_secret_in_the_issue_in_an_event_in_a_path_and_in_an_error_is_neither_sent_nor_saved_nor_told()
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess, "needs root to trace");
        string[] secrets = ["c0rrect-Horse-1", "b4ttery-Staple-2", "Tr0ub4dor-and-3", "x7Kq-p2Lm-9ZwT"];
        const string Shell = "sonde_secret";
        File.Copy("/bin/sh", Path.Combine(_folder, Shell));
        File.WriteAllText(Path.Combine(_folder, "login"), $"/bin/ls --password {secrets[1]}\ncat '/nowhere?token={secrets[2]}'\necho 'no login at postgres://app:{secrets[3]}@db/x' >&2\n");
        var plan = JsonNode.Parse(Plan($"{_folder}/{Shell} {_folder}/login"))!;
        plan["ebpf_programs"] = new JsonArray(new JsonObject
        {
            ["name"] = "programs",
            ["type"] = "tracepoint",
            ["target"] = "syscalls/sys_enter_execve",
            ["duration"] = 2,
            ["filters"] = new JsonObject { ["comm"] = Shell },
        });
        await using var server = Gateway(Turn.Reply(plan.ToJsonString()), Turn.Reply(Found));

        var (exit, stdout, stderr) = await RunAsync(server, "--json", "--show-sent", "--log-level", "trace", $"the app has password={secrets[0]} and can't log in");

        Assert.True(exit == 0, stderr);
        var sent = server.Requests[1].Messages[^1].Content;
        var results = JsonNode.Parse(sent)!;
        var argv = Assert.Single(results["ebpf_results"]!.AsObject()).Value!["events"]!.AsArray().Select(static e => e!["data"]!["argv"]!.AsArray()).ToList();
        Assert.Contains(argv, static words => words.Count == 3 && ((string)words[2]!).StartsWith("<secret:", StringComparison.Ordinal));
        Assert.Contains("postgres://app:<secret:", (string)results["command_results"]![0]!["stderr"]!, StringComparison.Ordinal);
        var all = string.Concat(Directory.GetFiles(Session, "*", SearchOption.AllDirectories).Select(File.ReadAllText)) + string.Concat(server.Requests.Select(static r => r.Text)) + stdout + stderr;
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, all, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_shown_is_what_is_sent()
    {
        await using var server = Gateway(Turn.Reply(Plan("echo out")), Turn.Reply(Found));

        var (_, _, stderr) = await RunAsync(server, "--show-sent", "it is slow");

        Assert.Equal(2, server.Requests.Count);
        Assert.All(server.Requests, request => Assert.Contains($"\n{request.Text}\n", stderr, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dry_run_shows_the_first_plan_and_runs_nothing()
    {
        await using var server = Gateway(Turn.Reply(Plan($"touch {_folder}/ran\u001b[31m")));

        var (exit, stdout, stderr) = await RunAsync(server, "--dry-run", "it is slow");

        Assert.True(exit == 0, stderr);
        Assert.Contains("1. command cmd_1: touch", stdout, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', stdout);
        Assert.False(File.Exists($"{_folder}/ran"));
        Assert.DoesNotContain(File.ReadAllLines(Path.Combine(Session, "audit.jsonl")), static l => l.Contains("\"command\"", StringComparison.Ordinal) && l.Contains("\"event\":\"command\"", StringComparison.Ordinal));
        Assert.Null((JsonNode.Parse(server.Requests[0].Messages[^1].Content)!["host"]!)["probe_types"]);
    }

    [Fact]
    public async Task Approval_without_a_terminal_is_an_error_that_says_so()
    {
        await using var server = Gateway();

        var (exit, _, stderr) = await PublishedBinary.RunByAsync("setsid", ["--wait", PublishedBinary.Path!, "diagnose", "--approve", "it is slow"], Environment(server), "");

        Assert.Equal(2, exit);
        Assert.Contains("no terminal to ask at", stderr, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task At_a_terminal_the_plan_is_shown_and_an_item_left_out_does_not_run()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "there is no script(1) to make a terminal with");
        await using var server = Gateway(Turn.Reply(Plan("echo one", "echo two")), Turn.Reply(Found));

        var line = $"'{PublishedBinary.Path}' diagnose --approve --report '{Session}' 'it is slow'";
        var (exit, shown, _) = await PublishedBinary.RunByAsync("script", ["-qec", line, "/dev/null"], Environment(server), "7\n2\n");

        Assert.True(exit == 0, shown);
        Assert.Contains("2. command cmd_2: echo two", shown, StringComparison.Ordinal);
        Assert.Contains("items are numbered 1 to 2", shown, StringComparison.Ordinal);
        var results = JsonNode.Parse(server.Requests[1].Messages[^1].Content)!["command_results"]!;
        Assert.Equal(("one\n", true), ((string?)results[0]!["stdout"], results[0]!["error"] is null));
        Assert.Contains("refused by the operator", (string?)results[1]!["error"], StringComparison.Ordinal);
    }

    private static ContractServer Gateway(params Turn[] script)
    {
        Assert.SkipUnless(PublishedBinary.Path is not null, "the binary is not published (dist/sonde, or SONDE_BINARY)");
        return new ContractServer(GatewayKind.OpenAi, null, script);
    }

    private static Dictionary<string, string> Environment(ContractServer server) => new() { ["NANNYAPI_ENDPOINT"] = server.Endpoint.ToString(), ["NANNYAPI_MODEL"] = "gpt-test" };

    private static string Plan(params IEnumerable<string> commands) => new JsonObject
    {
        ["response_type"] = "diagnostic",
        ["commands"] = new JsonArray([.. commands.Select(static c => JsonValue.Create(c))]),
    }.ToJsonString();

    private async Task<(int ExitCode, string Stdout, string Stderr)> RunAsync(ContractServer server, params IEnumerable<string> arguments)
    {
        using var sonde = PublishedBinary.Start(Environment(server), ["diagnose", "--report", Session, .. arguments]);
        return await sonde.EndAsync();
    }
}
