using Sonde.Protocol;
using Sonde.Redaction;

namespace Sonde.Diagnosis;

/// <summary>The rounds of one diagnosis: a plan is held against what ran before, the budget and the operator's word; then it runs, and what it brought is kept.</summary>
internal sealed class RoundSequence(
    InvestigationOptions options, RoundRunner runner, EvidenceLedger ledger, Redactor redactor, InvestigationLog log, SessionFolder folder, AuditLog audit)
{
    private const string ByOperator = "refused by the operator; don't ask for it again";

    private readonly EvidenceMemory _memory = new();
    private readonly RunBudget _budget = new(options.MaxCommands, options.MaxPrograms);
    private readonly List<DiagnosisRound> _done = [];
    private int _repeats;

    /// <summary>So far, as they go into the report.</summary>
    public IReadOnlyList<DiagnosisRound> Done => _done;

    /// <summary>Why no further round is of use or allowed; null while one is.</summary>
    public string? Bound { get; private set; }

    /// <summary>Runs a plan, or answers it.</summary>
    /// <param name="answer">As the model wrote it.</param>
    /// <param name="forLanguageModel">Whether what ran before is answered from memory, and the detectors' findings go with the results.</param>
    /// <param name="working">Ends the round early and keeps what it has.</param>
    public async Task<(RoundResults Results, RoundFiles Files)> RunAsync(DiagnosticAnswer answer, bool forLanguageModel, CancellationToken working)
    {
        var round = _done.Count + 1;
        var files = new RoundFiles(folder, round);
        var shown = redactor.Redact(answer.Plan);
        files.Save(shown);
        log.Observer.RoundStarting(round, shown);

        var outcome = forLanguageModel && _memory.RecallAll(answer.Plan, round) is { } earlier
            ? Recalled(earlier)
            : await RunNewAsync(answer, shown, files, forLanguageModel, working).ConfigureAwait(false);

        _done.Add(new DiagnosisRound(shown, outcome.Results));
        files.Save(outcome);
        Bound ??= _budget.Exhausted;
        return (outcome.Results, files);
    }

    /// <summary>Keeps a plan that is only shown.</summary>
    public void Show(DiagnosticAnswer answer)
    {
        var results = new RoundResults { Round = _done.Count + 1, Notes = ["A dry run: nothing was attached and nothing was run."] };
        var shown = redactor.Redact(answer.Plan);
        new RoundFiles(folder, results.Round).Save(shown);
        _done.Add(new DiagnosisRound(shown, results));
    }

    private RoundOutcome Recalled(RoundResults earlier)
    {
        log.Note($"Round {earlier.Round}: nothing in the plan was new; it was answered with the earlier results.");
        log.Observer.RoundFinished(earlier);
        Bound ??= ++_repeats > 1 ? "Two rounds in a row asked only for what was there already." : null;
        return new RoundOutcome(earlier, []);
    }

    private async Task<RoundOutcome> RunNewAsync(DiagnosticAnswer answer, DiagnosticPlan shown, RoundFiles files, bool forLanguageModel, CancellationToken working)
    {
        _repeats = 0;
        var round = _done.Count + 1;
        var admitted = new AdmittedPlan(answer.Plan, forLanguageModel ? _memory.Recall(answer.Plan) : new Dictionary<string, CommandResult>());
        admitted = await ApproveAsync(round, _budget.Take(admitted), shown, working).ConfigureAwait(false);
        IReadOnlyList<string> remarks = forLanguageModel ? [.. answer.Remarks, .. _memory.Remarks(answer.Plan)] : answer.Remarks;

        var events = new EventLog(folder, files, redactor);
        RoundOutcome outcome;
        await using (events.ConfigureAwait(false))
        {
            outcome = await runner.RunAsync(admitted, round, remarks, events, log.Observer, working).ConfigureAwait(false);
        }

        outcome = outcome with { Results = ledger.Enter(outcome.Results, findings: forLanguageModel) };
        _memory.Keep(answer.Plan, outcome.Results);
        if (events.Left > 0)
        {
            log.Note($"Round {round}: {events.Left} events are not in the session folder; counts and statistics include them.");
        }

        return outcome;
    }

    private async Task<AdmittedPlan> ApproveAsync(int round, AdmittedPlan admitted, DiagnosticPlan shown, CancellationToken working)
    {
        if (options.Approval is not { } approval)
        {
            return admitted;
        }

        var items = shown.Commands.Count + shown.EbpfPrograms.Count;
        ApprovalDecision decision;
        try
        {
            decision = await approval.DecideAsync(round, shown, working).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody said yes before the time was over.
            return admitted.Without(Enumerable.Range(1, items).ToHashSet(), ErrorCodes.NoPermission, "not run: the operator gave no answer before the diagnosis ended");
        }

        var refused = decision.EndsDiagnosis ? Enumerable.Range(1, items).ToHashSet() : decision.Refused;
        string[] names = [.. shown.Commands.Select(static c => c.Id).Concat(shown.EbpfPrograms.Select(static p => p.Name)).Where((_, i) => refused.Contains(i + 1))];
        audit.Decided(new PlanDecided(round, decision.EndsDiagnosis ? "ended" : names.Length == 0 ? "approved" : names.Length == items ? "refused" : "approved_in_part", names));
        Bound ??= decision.EndsDiagnosis ? "The operator ended the diagnosis." : null;
        return refused.Count == 0 ? admitted : admitted.Without(refused, ErrorCodes.NoPermission, ByOperator);
    }
}
