using Sonde.Diagnosis;
using Sonde.Dialogue;
using Sonde.Protocol;
using Sonde.Tests.Dialogue;

namespace Sonde.Tests.Diagnosis;

/// <summary>The loop and the gateway client together, against a server that checks each request: no run here may break one of its rules.</summary>
public sealed class DialogueTests : IDisposable
{
    private const string Plan = """{"response_type":"diagnostic","commands":["uptime"],"ebpf_programs":[{"name":"conn","type":"kprobe","target":"tcp_connect"}]}""";
    private const string Found = """{"response_type":"resolution","root_cause":"port closed","resolution_plan":["open it","try again"],"confidence":"MEDIUM"}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("sonde-dialogue-").FullName;
    private readonly TestClock _clock = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static readonly Dictionary<string, Turn[]> Dialogues = new()
    {
        { "straight", [Turn.Reply(Plan), Turn.Reply(Plan), Turn.Reply(Found)] },
        { "fences and prose", [Turn.Reply($"Sure, let me look.\n```json\n{Plan}\n```\nThis will help."), Turn.Reply($"```\n{Found}\n```")] },
        { "prose alone", [Turn.Reply("The database is probably down."), Turn.Reply(Found)] },
        { "cut short", [Turn.Reply(Plan[..60]), Turn.Reply(Plan), Turn.Reply(Found)] },
        { "null content", [Turn.Reply((string?)null), Turn.Reply(Plan), Turn.Reply((string?)null), Turn.Reply(Found)] },
        { "busy, then broken", [Turn.Error(429, "busy", "Retry-After: 3"), Turn.Reply(Plan), Turn.Error(500, "oops"), Turn.Reset(), Turn.BreakOff(), Turn.Reply(Found)] },
        { "wrong type", [Turn.Reply("""{"response_type":"diagnostic","ebpf_programs":"all of them"}"""), Turn.Reply("""["uptime"]"""), Turn.Reply(Found)] },
        { "confidence missing", [Turn.Reply(Plan), Turn.Reply("""{"response_type":"resolution","root_cause":"x"}"""), Turn.Reply(Found)] },
    };

    public static TheoryData<string> Names => [.. Dialogues.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_dialogue_keeps_the_servers_rules_and_ends_resolved(string name)
    {
        foreach (var kind in Enum.GetValues<GatewayKind>())
        {
            await using var server = new ContractServer(kind, "key", Dialogues[name]);

            var report = await RunAsync(server, kind, $"{name}-{kind}");

            Assert.Empty(server.Violations);
            Assert.Equal(0, server.TurnsLeft);
            Assert.Equal(DiagnosisOutcome.Resolved, report.Outcome);
            Assert.Equal(("port closed", Confidence.Medium), (report.Resolution!.RootCause, report.Resolution.Confidence));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_model_that_never_ends_is_brought_to_one_last_word(bool tensorZero)
    {
        var kind = tensorZero ? GatewayKind.TensorZero : GatewayKind.OpenAi;
        await using var server = new ContractServer(kind, "key", Turn.Reply(Plan), Turn.Reply(Plan), Turn.Reply(Plan), Turn.Reply(Found));

        var report = await RunAsync(server, kind, "bound", rounds: 2);

        Assert.Empty(server.Violations);
        Assert.Equal((DiagnosisOutcome.Partial, "port closed", 2), (report.Outcome, report.Resolution!.RootCause, report.Usage.Rounds));
        Assert.Contains("resolution_required", server.Requests[^1].Messages[^1].Content, StringComparison.Ordinal);
    }

    private async Task<DiagnosisReport> RunAsync(ContractServer server, GatewayKind kind, string session, int rounds = InvestigationOptions.DefaultMaxRounds)
    {
        var name = kind == GatewayKind.TensorZero ? "tensorzero::function_name::diagnose_and_heal" : "gpt-test";
        var options = new InvestigationOptions
        {
            Issue = "it is slow",
            Session = session,
            MaxRounds = rounds,
            ReportDirectory = Path.Combine(_folder, session),
            CollectHost = static () => new HostFacts { Hostname = "web-1" },
            Time = _clock,
        };
        using var model = new GatewayModel(new GatewayOptions { Endpoint = server.Endpoint, Model = name, Key = "key" }, SystemPrompt.Text, "web-1", session, _clock);
        List<string> calls = [];
        return await Investigation.RunAsync(
            options, model, new RecordingTracer(calls), new RecordingRunner(calls), SilentObserver.Instance, TestContext.Current.CancellationToken);
    }
}
