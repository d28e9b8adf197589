using System.Runtime.InteropServices;
using Sonde.Diagnosis;
using Sonde.Dialogue;
using Sonde.Protocol;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;
using static Sonde.Tests.Diagnosis.ScriptedModel;

namespace Sonde.Tests.Diagnosis;

public sealed class InvestigationTests : IDisposable
{
    private const string Plan = """{"response_type":"diagnostic","reasoning":"look","commands":[{"id":"net","command":"ss -tulpn"}],"ebpf_programs":[{"name":"conn","type":"kprobe","target":"tcp_connect","duration":5}]}""";
    private const string Found = """{"response_type":"resolution","root_cause":"port closed","resolution_plan":"open it","confidence":"High","ebpf_evidence":"12 refusals"}""";

    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("sonde-investigation-").FullName, "session");
    private readonly TestClock _clock = new();
    private readonly List<string> _calls = [];
    private readonly RecordingObserver _observer;

    public InvestigationTests() => _observer = new RecordingObserver(_calls);

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public async Task A_round_attaches_before_its_commands_run_and_detaches_after()
    {
        var model = new ScriptedModel(Says(Plan, 10), Says(Found, 20));

        var report = await RunAsync(model);

        Assert.Equal(["round 1", "attach", "1 attached", "run ss -tulpn", "round 1 done", "detach"], _calls);
        Assert.Equal(DiagnosisOutcome.Resolved, report.Outcome);
        Assert.Equal("port closed", report.Resolution!.RootCause);
        Assert.Equal((1, 30L), (report.Usage.Rounds, report.Usage.Tokens));
        Assert.Empty(report.Notes);
    }

    [Fact]
    public async Task The_model_hears_host_and_issue_first_then_each_rounds_results_with_the_whole_history()
    {
        var model = new ScriptedModel(Says(Plan), Says(Plan), Says(Found));

        await RunAsync(model);

        Assert.True(FirstMessage.TryRead(model.Asked[0][0].Content, out var first));
        Assert.Equal(("it is slow", "web-1"), (first.Issue, first.Host.Hostname));
        Assert.Equal([1, 3, 5], model.Asked.Select(static h => h.Count));
        Assert.Equal([ChatRole.User, ChatRole.Assistant, ChatRole.User, ChatRole.Assistant, ChatRole.User], model.Asked[2].Select(static m => m.Role));
        var results = ProtocolJson.Read<RoundResults>(model.LastHeard);
        Assert.Equal(2, results.Round);
        Assert.Equal("ss -tulpn", Assert.Single(results.CommandResults).Stdout);
        Assert.Equal("conn_1795413600", Assert.Single(results.EbpfResults).Key);
    }

    [Fact]
    public async Task A_broken_reply_is_sent_back_with_its_faults_and_the_diagnosis_goes_on()
    {
        var model = new ScriptedModel(Says("I think the disk is full."), Says(""), Says("""{"response_type":"diagnostic","commands":[{"id":"""), Says(Found));

        var report = await RunAsync(model);

        Assert.Equal(DiagnosisOutcome.Resolved, report.Outcome);
        Assert.All(model.Asked.Skip(1), static h => Assert.Contains("protocol_error", h[^1].Content, StringComparison.Ordinal));
        Assert.All(model.Asked[^1], static m => Assert.NotEmpty(m.Content));
        Assert.Equal(3, report.Notes.Count);
    }

    [Fact]
    public async Task Four_broken_replies_in_a_row_end_the_diagnosis()
    {
        var report = await RunAsync(new ScriptedModel(Says("a"), Says("b"), Says("c"), Says("d"), Says(Found)));

        Assert.Equal(DiagnosisOutcome.Failed, report.Outcome);
        Assert.Contains("4 replies", report.Notes[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_good_reply_gives_the_model_its_tries_back()
    {
        var model = new ScriptedModel(Says("a"), Says("b"), Says("c"), Says(Plan), Says("d"), Says("e"), Says("f"), Says(Found));

        Assert.Equal(DiagnosisOutcome.Resolved, (await RunAsync(model)).Outcome);
    }

    [Fact]
    public async Task The_last_round_says_so_and_a_resolution_after_it_resolves()
    {
        var model = new ScriptedModel(Says(Plan), Says(Found));

        var report = await RunAsync(model, static o => o with { MaxRounds = 1 });

        Assert.Equal(DiagnosisOutcome.Resolved, report.Outcome);
        Assert.Contains("round 1 of 1", model.LastHeard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beyond_the_rounds_the_model_is_asked_once_for_its_best_resolution()
    {
        var model = new ScriptedModel(Says(Plan), Says(Plan), Says(Found));

        var report = await RunAsync(model, static o => o with { MaxRounds = 1 });

        Assert.Contains("resolution_required", model.LastHeard, StringComparison.Ordinal);
        Assert.Equal((DiagnosisOutcome.Partial, "port closed", 1), (report.Outcome, report.Resolution!.RootCause, report.Usage.Rounds));
    }

    [Fact]
    public async Task A_model_that_only_wants_more_gets_the_agents_own_partial_report()
    {
        var report = await RunAsync(new ScriptedModel(Says(Plan), Says(Plan), Says(Plan)), static o => o with { MaxRounds = 1 });

        Assert.Equal(DiagnosisOutcome.Partial, report.Outcome);
        Assert.StartsWith("Not established", report.Resolution!.RootCause, StringComparison.Ordinal);
        Assert.Equal(Confidence.Low, report.Resolution.Confidence);
        Assert.Contains(report.Notes, static n => n.Contains("written by the agent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tokens_are_a_bound_too()
    {
        var model = new ScriptedModel(Says(Plan, 600), Says(Plan, 600), Says(Found, 10));

        var report = await RunAsync(model, static o => o with { MaxTokens = 1000 });

        Assert.Equal((DiagnosisOutcome.Partial, 1), (report.Outcome, report.Usage.Rounds));
        Assert.Contains("1000 tokens", model.LastHeard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_wall_time_ends_in_a_round_its_results_go_out_with_the_last_question()
    {
        var model = new ScriptedModel(Says(Plan), Says(Found));
        var tracer = new RecordingTracer(_calls) { WindowsEnd = new TaskCompletionSource(), Started = _ => _clock.Advance(TimeSpan.FromMinutes(30)) };

        var report = await RunAsync(model, tracer: tracer);

        Assert.Equal((DiagnosisOutcome.Partial, "port closed"), (report.Outcome, report.Resolution!.RootCause));
        var results = ProtocolJson.Read<RoundResults>(model.LastHeard);
        Assert.Contains("1800 s", results.ResolutionRequired!.Reason, StringComparison.Ordinal);
        Assert.Single(results.EbpfResults);
    }

    [Fact]
    public async Task When_the_wall_time_ends_in_a_call_the_model_is_asked_once_more()
    {
        var model = new ScriptedModel(Hangs(() => _clock.Advance(TimeSpan.FromMinutes(30))), Says(Found));

        var report = await RunAsync(model);

        Assert.Equal((DiagnosisOutcome.Partial, "port closed"), (report.Outcome, report.Resolution!.RootCause));
    }

    [Fact]
    public async Task Ctrl_C_in_a_round_ends_it_keeps_what_came_and_asks_nobody()
    {
        using var stop = new CancellationTokenSource();
        var model = new ScriptedModel(Says(Plan), Says(Found));
        var tracer = new RecordingTracer(_calls) { WindowsEnd = new TaskCompletionSource(), Started = _ => stop.Cancel() };
        var runner = new RecordingRunner(_calls) { Output = static async (_, c) => { await Task.Delay(Timeout.Infinite, c); return ""; } };

        var report = await RunAsync(model, tracer: tracer, runner: runner, stop: stop.Token);

        Assert.Equal(DiagnosisOutcome.Partial, report.Outcome);
        Assert.Single(model.Asked);
        Assert.Contains("detach", _calls);
        var round = Assert.Single(report.Rounds);
        Assert.Single(round.Results.EbpfResults);
        Assert.NotNull(Assert.Single(round.Results.CommandResults).Error);
        Assert.True(File.Exists(Path.Combine(_folder, "report.json")));
    }

    [Fact]
    public async Task Ctrl_C_while_the_model_thinks_is_a_partial_report()
    {
        using var stop = new CancellationTokenSource();

        var report = await RunAsync(new ScriptedModel(Says(Plan), Hangs(stop.Cancel)), stop: stop.Token);

        Assert.Equal((DiagnosisOutcome.Partial, 1), (report.Outcome, report.Rounds.Count));
    }

    [Fact]
    public async Task A_model_gone_midway_costs_nothing_that_was_gathered()
    {
        var report = await RunAsync(new ScriptedModel(Says(Plan), Gone()));

        Assert.Equal(DiagnosisOutcome.Partial, report.Outcome);
        Assert.Single(report.Rounds);
        Assert.Contains("The gateway gave no answer.", report.Resolution!.RootCause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_never_answers_is_a_failure_with_a_report()
    {
        var report = await RunAsync(new ScriptedModel(Gone()));

        Assert.Equal((DiagnosisOutcome.Failed, null), (report.Outcome, report.Resolution));
        Assert.Contains("The gateway gave no answer.", Assert.Single(report.Notes), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder, "report.json")));
    }

    [Fact]
    public async Task A_fault_of_the_agents_own_costs_nothing_that_was_gathered()
    {
        var rounds = 0;
        var tracer = new RecordingTracer(_calls) { Started = _ => Assert.True(++rounds < 2, "broken tracer") };

        var report = await RunAsync(new ScriptedModel(Says(Plan), Says(Plan.Replace("ss -tulpn", "ss -t", StringComparison.Ordinal))), tracer: tracer);

        Assert.Equal((DiagnosisOutcome.Partial, 1), (report.Outcome, report.Rounds.Count));
        Assert.Contains(report.Notes, static n => n.Contains("broken tracer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_session_folder_keeps_all_that_was_said_and_gathered_for_its_owner_only()
    {
        var model = new ScriptedModel(Says("no JSON"), Says(Plan, 42), Says(Found));

        var report = await RunAsync(model);

        Assert.Equal(_folder, _observer.Folder);
        var lines = await File.ReadAllLinesAsync(Path.Combine(_folder, "transcript.jsonl"), TestContext.Current.CancellationToken);
        Assert.Equal(["sent", "received", "sent", "received", "sent", "received"], lines.Select(static l => (string?)System.Text.Json.Nodes.JsonNode.Parse(l)!["kind"]));
        Assert.Equal(Plan, (string?)System.Text.Json.Nodes.JsonNode.Parse(lines[3])!["content"]);
        Assert.Equal("ss -tulpn", File.ReadAllText(Path.Combine(_folder, "rounds/1/commands/net.stdout.txt")));
        Assert.Equal(ProtocolJson.Write(report, indented: true), File.ReadAllText(Path.Combine(_folder, "report.json")));
        Assert.Contains("port closed", File.ReadAllText(Path.Combine(_folder, "report.md")), StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories), static f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
        Assert.All(
            Directory.GetDirectories(_folder, "*", SearchOption.AllDirectories).Append(_folder),
            static d => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(d)));
    }

    [Fact]
    public async Task Delivered_events_are_kept_as_NDJSON_per_program()
    {
        var decoder = new EventDecoder([new EventLayout("tcp_connect", 0)], epochOffsetNs: 0);
        var tracer = new RecordingTracer(_calls)
        {
            Started = sink =>
            {
                for (var i = 0; i < 3; i++)
                {
                    sink!.OnRecord("conn_1795413600", decoder, MemoryMarshal.AsBytes([new WireRecord { TimeNs = (ulong)i }]), 0);
                }
            },
        };

        await RunAsync(new ScriptedModel(Says(Plan), Says(Found)), tracer: tracer);

        var lines = File.ReadAllLines(Path.Combine(_folder, "rounds/1/events/conn_1795413600.ndjson"));
        Assert.Equal([0L, 1L, 2L], lines.Select(static l => ProtocolJson.Read<TraceEvent>(l).Timestamp));
    }

    private async Task<DiagnosisReport> RunAsync(
        ScriptedModel model, Func<InvestigationOptions, InvestigationOptions>? with = null, RecordingTracer? tracer = null, RecordingRunner? runner = null, CancellationToken? stop = null)
    {
        var options = new InvestigationOptions
        {
            Issue = "it is slow",
            Session = SessionId.Create(_clock),
            ReportDirectory = _folder,
            CollectHost = static () => new HostFacts { Hostname = "web-1" },
            Time = _clock,
        };
        return await Investigation.RunAsync(
            with?.Invoke(options) ?? options, model, tracer ?? new RecordingTracer(_calls), runner ?? new RecordingRunner(_calls), _observer, stop ?? TestContext.Current.CancellationToken);
    }
}
