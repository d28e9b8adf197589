using Sonde.Diagnosis;
using Sonde.Protocol;
using static Sonde.Tests.Diagnosis.ScriptedModel;

namespace Sonde.Tests.Diagnosis;

/// <summary>What a model may ask for: once, within the budget, and with a person's word where one is wanted.</summary>
public sealed class BoundsTests : IDisposable
{
    private const string Found = """{"response_type":"resolution","root_cause":"port closed","resolution_plan":"open it","confidence":"High"}""";

    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("sonde-bounds-").FullName, "session");
    private readonly TestClock _clock = new();
    private readonly List<string> _calls = [];

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public async Task A_plan_in_which_nothing_is_new_is_answered_with_the_earlier_results()
    {
        var model = new ScriptedModel(Says(Plan(["ss -tulpn", "uptime"], ["tcp_connect"])), Says(Plan(["ss   -tulpn "], ["tcp_connect"])), Says(Found));

        var report = await RunAsync(model);

        Assert.Equal(["run ss -tulpn", "run uptime"], Runs());
        Assert.Equal(1, _calls.Count(static c => c == "attach"));
        var results = ProtocolJson.Read<RoundResults>(model.LastHeard);
        Assert.Equal(("ss -tulpn", 1), (Assert.Single(results.CommandResults).Stdout, results.CommandResults[0].FromRound));
        Assert.Equal(1, Assert.Single(results.EbpfResults).Value.FromRound);
        Assert.Contains("nothing ran again", Assert.Single(results.Notes!), StringComparison.Ordinal);
        Assert.Equal((DiagnosisOutcome.Resolved, 2), (report.Outcome, report.Rounds.Count));
    }

    [Fact]
    public async Task A_model_that_asks_twice_in_a_row_for_what_it_has_is_asked_for_its_resolution()
    {
        var plan = Plan(["uptime"], []);
        var model = new ScriptedModel(Says(plan), Says(plan), Says(plan), Says(Found));

        var report = await RunAsync(model);

        Assert.Single(Runs());
        Assert.NotNull(ProtocolJson.Read<RoundResults>(model.LastHeard).ResolutionRequired);
        Assert.Equal((DiagnosisOutcome.Partial, "port closed"), (report.Outcome, report.Resolution!.RootCause));
    }

    [Fact]
    public async Task Beside_something_new_a_command_gets_its_earlier_result_and_a_program_runs_again_to_compare()
    {
        var model = new ScriptedModel(Says(Plan(["uptime"], ["tcp_connect"])), Says(Plan(["uptime", "df"], [])), Says(Plan(["uptime"], ["tcp_connect", "tcp_close"])), Says(Found));

        await RunAsync(model);

        Assert.Equal(["run uptime", "run df", "run uptime"], Runs());
        var second = ProtocolJson.Read<RoundResults>(model.Asked[2][^1].Content);
        Assert.Equal([1, null], second.CommandResults.Select(static c => c.FromRound));
        Assert.Contains("was not run again", Assert.Single(second.Notes!), StringComparison.Ordinal);
        var third = ProtocolJson.Read<RoundResults>(model.LastHeard);
        Assert.Equal(2, third.EbpfResults.Count);
        Assert.All(third.EbpfResults.Values, static p => Assert.Null(p.FromRound));
        Assert.Equal(2, third.Notes!.Count(static n => n.Contains("ran again", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Commands_beyond_the_budget_of_a_diagnosis_do_not_run_and_the_model_is_asked_to_conclude()
    {
        var model = new ScriptedModel(Says(Plan(["a", "b"], [])), Says(Plan(["c", "d", "e"], [])), Says(Found));

        var report = await RunAsync(model, static o => o with { MaxCommands = 3 });

        Assert.Equal(["run a", "run b", "run c"], Runs());
        var results = ProtocolJson.Read<RoundResults>(model.LastHeard);
        Assert.All(results.CommandResults.Skip(1), static c => Assert.Contains("at most 3 commands", c.Error, StringComparison.Ordinal));
        Assert.NotNull(results.ResolutionRequired);
        Assert.Equal(DiagnosisOutcome.Partial, report.Outcome);
    }

    [Fact]
    public async Task Programs_and_bytes_are_bounds_too()
    {
        var programs = new ScriptedModel(Says(Plan([], ["a", "b"])), Says(Found));
        var bytes = new ScriptedModel(Says(Plan(["a"], [])), Says(Plan(["b"], [])), Says(Found));

        await RunAsync(programs, static o => o with { MaxPrograms = 1 });
        await RunAsync(bytes, static o => o with { MaxBytes = 100, Session = "two" });

        Assert.Contains("All 1 eBPF programs", ProtocolJson.Read<RoundResults>(programs.LastHeard).ResolutionRequired!.Reason, StringComparison.Ordinal);
        Assert.Contains("bytes is reached", bytes.LastHeard, StringComparison.Ordinal);
        Assert.Equal(["run a"], Runs());
    }

    [Fact]
    public async Task An_item_that_the_operator_leaves_out_goes_back_as_refused_and_the_rest_runs()
    {
        var approval = new ScriptedApproval(new ApprovalDecision(false, new HashSet<int> { 1, 4 }));
        var model = new ScriptedModel(Says(Plan(["a", "b"], ["tcp_connect", "tcp_close"])), Says(Found));

        await RunAsync(model, o => o with { Approval = approval });

        Assert.Equal(["run b"], Runs());
        var results = ProtocolJson.Read<RoundResults>(model.LastHeard);
        Assert.Contains("refused by the operator", results.CommandResults[0].Error, StringComparison.Ordinal);
        Assert.Null(results.CommandResults[1].Error);
        Assert.Equal([true, false], approval.Tracer.Requests.Select(static r => r.Fault is null));
        Assert.Contains("\"decision\":\"approved_in_part\",\"refused\":[\"cmd_1\",\"tcp_close\"]", File.ReadAllText(Path.Combine(_folder, AuditLog.FileName)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operator_can_end_the_diagnosis()
    {
        var approval = new ScriptedApproval(new ApprovalDecision(true, new HashSet<int>()));
        var model = new ScriptedModel(Says(Plan(["a"], [])), Says(Found));

        var report = await RunAsync(model, o => o with { Approval = approval });

        Assert.Empty(Runs());
        Assert.Contains("operator ended", ProtocolJson.Read<RoundResults>(model.LastHeard).ResolutionRequired!.Reason, StringComparison.Ordinal);
        Assert.Equal(DiagnosisOutcome.Partial, report.Outcome);
    }

    [Fact]
    public async Task A_dry_run_keeps_the_first_plan_and_runs_nothing()
    {
        var report = await RunAsync(new ScriptedModel(Says(Plan(["a"], ["tcp_connect"]))), static o => o with { DryRun = true });

        Assert.DoesNotContain(_calls, static c => c.StartsWith("run", StringComparison.Ordinal) || c == "attach");
        Assert.Equal("a", Assert.Single(Assert.Single(report.Rounds).Request.Commands).Command);
    }

    private static string Plan(string[] commands, string[] programs) => ProtocolJson.Write(new DiagnosticPlan
    {
        Commands = [.. commands.Select(static (c, i) => new CommandRequest { Id = $"cmd_{i + 1}", Command = c })],
        EbpfPrograms = [.. programs.Select(static p => new ProgramRequest { Name = p, Type = ProbeType.Kprobe, Target = p })],
    });

    private IEnumerable<string> Runs() => _calls.Where(static c => c.StartsWith("run ", StringComparison.Ordinal));

    private Task<DiagnosisReport> RunAsync(ScriptedModel model, Func<InvestigationOptions, InvestigationOptions>? with = null)
    {
        var options = new InvestigationOptions { Issue = "it is slow", Session = "one", ReportDirectory = _folder, Time = _clock };
        options = with?.Invoke(options) ?? options;
        var tracer = (options.Approval as ScriptedApproval)?.Tracer ?? new RecordingTracer(_calls);
        return Investigation.RunAsync(options, model, tracer, new RecordingRunner(_calls), SilentObserver.Instance, TestContext.Current.CancellationToken);
    }

    private sealed class ScriptedApproval(ApprovalDecision decision) : IApproval
    {
        public RecordingTracer Tracer { get; } = new([]);

        public Task<ApprovalDecision> DecideAsync(int round, DiagnosticPlan plan, CancellationToken stop) => Task.FromResult(decision);
    }
}
