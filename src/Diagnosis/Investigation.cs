using Sonde.Commands;
using Sonde.Dialogue;
using Sonde.Protocol;
using Sonde.Report;
using Sonde.Tracing;

namespace Sonde.Diagnosis;

/// <summary>The loop: the issue goes to a model, its plans run on this host, the results go back, until it names the cause or a bound is hit.</summary>
internal sealed class Investigation
{
    // A model that is asked for its last word gets this long, whatever the wall time says.
    private static readonly TimeSpan LastWordTime = TimeSpan.FromMinutes(2);

    private readonly InvestigationOptions _options;
    private readonly IModel _model;
    private readonly RoundRunner _runner;
    private readonly InvestigationLog _log;
    private readonly SessionFolder _folder;
    private readonly Transcript _transcript;
    private readonly List<ChatMessage> _history = [];
    private readonly List<DiagnosisRound> _rounds = [];
    private readonly EvidenceLedger _ledger;
    private long _tokens;
    private string? _boundHit;

    private Investigation(InvestigationOptions options, HostFacts host, IModel model, RoundRunner runner, InvestigationLog log, SessionFolder folder)
    {
        _ledger = new EvidenceLedger(options.Issue, host);
        (_options, _model, _runner, _log, _folder) = (options, model, runner, log, folder);
        _transcript = new Transcript(folder, options.Time);
    }

    /// <summary>Diagnoses, and always ends with a report: interruption, bounds and trouble make it a partial one.</summary>
    /// <param name="options">The issue and its bounds.</param>
    /// <param name="model">One instance a diagnosis.</param>
    /// <param name="tracer">Runs the programs.</param>
    /// <param name="commands">Runs the commands.</param>
    /// <param name="observer">Told of progress.</param>
    /// <param name="stop">Ctrl-C: detaches, keeps what was gathered.</param>
    public static async Task<DiagnosisReport> RunAsync(
        InvestigationOptions options, IModel model, ITracer tracer, ICommandRunner commands, IInvestigationObserver observer, CancellationToken stop)
    {
        var started = options.Time.GetTimestamp();
        var log = new InvestigationLog(observer);
        using var folder = SessionFolder.Open(options.Session, options.ReportDirectory, log.Note);
        log.Observer.SessionOpened(options.Session, folder.Path);

        var host = options.CollectHost();
        var investigation = new Investigation(options, host, model, new RoundRunner(tracer, commands), log, folder);
        var ending = await investigation.EndAsync(host, stop).ConfigureAwait(false);

        var report = new DiagnosisReport
        {
            Session = options.Session,
            Issue = options.Issue,
            Host = host,
            Model = model.Name,
            Outcome = ending.Outcome,
            Resolution = ending.Resolution,
            ClaimCheck = ending.Check,
            Rounds = investigation._rounds,
            Usage = new DiagnosisUsage(investigation._rounds.Count, investigation._tokens, Math.Round(options.Time.GetElapsedTime(started).TotalSeconds, 1)),
            Notes = log.Notes,
        };
        folder.Write("report.json", ProtocolJson.Write(report, indented: true));
        folder.Write("report.md", MarkdownReport.Write(report));
        return report;
    }

    private bool IsBuiltIn => _model.Name == DiagnosisReport.BuiltInModel;

    private async Task<Ending> EndAsync(HostFacts host, CancellationToken stop)
    {
        try
        {
            return await LoopAsync(host, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Partial("It was interrupted.", DiagnosisOutcome.Partial);
        }
        catch (ModelUnavailableException e)
        {
            return Partial(e.Message);
        }
        catch (Exception e)
        {
            // A fault of the agent's own must not cost what was gathered before it.
            return Partial($"A fault of the agent's own stopped it: {e}");
        }
    }

    private async Task<Ending> LoopAsync(HostFacts host, CancellationToken stop)
    {
        using var wall = new CancellationTokenSource(_options.WallTime, _options.Time);
        using var working = CancellationTokenSource.CreateLinkedTokenSource(stop, wall.Token);
        var tries = _options.CorrectiveTries;
        Say(new FirstMessage { Host = host, Issue = _options.Issue }.Write());

        while (true)
        {
            var content = await AskAsync(wall.Token, working.Token, stop).ConfigureAwait(false);
            switch (ModelReplyReader.Read(content))
            {
                case ResolutionAnswer answer:
                    _log.Note(answer.Remarks);
                    return Conclude(answer.Resolution);

                case InvalidAnswer when tries == 0:
                    return Partial($"{_options.CorrectiveTries + 1} replies of the model in a row were not valid; the last one is in the transcript.");

                case InvalidAnswer answer:
                    tries--;
                    _log.Note($"A reply was not valid and was sent back: {Describe(answer.Faults)}");
                    Say(ProtocolErrorMessage.Write(answer.Faults, tries));
                    break;

                case DiagnosticAnswer when _boundHit is not null:
                    return Partial("The model was asked for its best resolution and asked for more evidence instead.");

                case DiagnosticAnswer when Bound(wall.Token) is { } bound:
                    HitBound(bound);
                    Say(ResolutionRequest.Write(bound));
                    break;

                case DiagnosticAnswer answer:
                    tries = _options.CorrectiveTries;
                    var (results, files) = await RunRoundAsync(answer, working.Token).ConfigureAwait(false);
                    stop.ThrowIfCancellationRequested();
                    Say(Fit(results, files, wall.Token));
                    break;
            }
        }
    }

    private async Task<string> AskAsync(CancellationToken wall, CancellationToken working, CancellationToken stop)
    {
        _log.Observer.AskingModel(_model.Name, _rounds.Count + 1);
        if (_boundHit is null)
        {
            try
            {
                return Hear(await _model.AskAsync(_history, working).ConfigureAwait(false));
            }
            catch (OperationCanceledException) when (wall.IsCancellationRequested && !stop.IsCancellationRequested)
            {
                HitBound(Bound(wall)!);
                Say(ResolutionRequest.Write(_boundHit!));
            }
        }

        using var patience = new CancellationTokenSource(LastWordTime, _options.Time);
        using var lastWord = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            return Hear(await _model.AskAsync(_history, lastWord.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new ModelUnavailableException($"The model gave no last word within {LastWordTime.TotalSeconds:0} s.", e);
        }
    }

    private async Task<(RoundResults Results, RoundFiles Files)> RunRoundAsync(DiagnosticAnswer answer, CancellationToken working)
    {
        var round = _rounds.Count + 1;
        var files = new RoundFiles(_folder, round);
        files.Save(answer.Plan);
        _log.Observer.RoundStarting(round, answer.Plan);

        var events = new EventLog(_folder, files);
        RoundOutcome outcome;
        await using (events.ConfigureAwait(false))
        {
            outcome = await _runner.RunAsync(answer.Plan, round, answer.Remarks, events, _log.Observer, working).ConfigureAwait(false);
        }

        outcome = outcome with { Results = _ledger.Enter(outcome.Results, findings: !IsBuiltIn) };
        _rounds.Add(new DiagnosisRound(answer.Plan, outcome.Results));
        files.Save(outcome);
        if (events.Left > 0)
        {
            _log.Note($"Round {round}: {events.Left} events are not in the session folder; counts and statistics include them.");
        }

        return (outcome.Results, files);
    }

    private string Fit(RoundResults results, RoundFiles files, CancellationToken wall)
    {
        if (wall.IsCancellationRequested)
        {
            HitBound(Bound(wall)!);
            results = results with { ResolutionRequired = new ResolutionRequestBody { Reason = _boundHit! } };
        }
        else if (_rounds.Count == _options.MaxRounds)
        {
            results = results with { Notes = [.. results.Notes ?? [], $"This was round {_rounds.Count} of {_options.MaxRounds}: no further one runs. Answer with your resolution."] };
        }

        // The playbooks read every figure and have no context to overflow.
        var budget = IsBuiltIn ? int.MaxValue : _options.ContextBudget;
        return new ContextBudget(budget, files).Fit(results);
    }

    private string? Bound(CancellationToken wall) => this switch
    {
        _ when wall.IsCancellationRequested => $"The wall time of {_options.WallTime.TotalSeconds:0} s is over.",
        _ when _rounds.Count >= _options.MaxRounds => $"All {_options.MaxRounds} rounds have run.",
        _ when _tokens >= _options.MaxTokens => $"The bound of {_options.MaxTokens} tokens is reached ({_tokens} used).",
        _ => null,
    };

    private void HitBound(string bound)
    {
        _boundHit = bound;
        _log.Note($"{bound} The model was asked for its best resolution.");
    }

    private void Say(string content)
    {
        _history.Add(new ChatMessage(ChatRole.User, content));
        _transcript.Sent(content);
    }

    private string Hear(ModelReply reply)
    {
        _tokens += reply.Tokens;
        _transcript.Received(reply.Content, reply.Tokens);

        // Servers refuse an empty message of the assistant when the history comes back to them.
        _history.Add(new ChatMessage(ChatRole.Assistant, string.IsNullOrWhiteSpace(reply.Content) ? "(empty reply)" : reply.Content));
        return reply.Content;
    }

    // The playbooks' own figures come from the evidence; a model's are held against it.
    private Ending Conclude(Resolution resolution)
    {
        var outcome = _boundHit is null ? DiagnosisOutcome.Resolved : DiagnosisOutcome.Partial;
        if (IsBuiltIn)
        {
            return new Ending(outcome, resolution);
        }

        var check = ClaimChecker.Check(resolution, _ledger);
        return new Ending(outcome, resolution with { Confidence = ClaimChecker.Warranted(check) }, check);
    }

    private Ending Partial(string reason, DiagnosisOutcome? outcome = null)
    {
        _log.Note(reason);
        _transcript.Note(reason);
        var resolution = PartialResolution.From(_rounds, reason);
        if (resolution is not null)
        {
            _log.Note("The resolution was written by the agent: the model gave none.");
        }

        return new Ending(outcome ?? (_rounds.Count > 0 ? DiagnosisOutcome.Partial : DiagnosisOutcome.Failed), resolution);
    }

    private static string Describe(IReadOnlyList<ProtocolFault> faults) =>
        string.Join("; ", faults.Take(3).Select(static f => $"{f.Path}: {f.Message}")) + (faults.Count > 3 ? $"; and {faults.Count - 3} more" : "");

    private readonly record struct Ending(DiagnosisOutcome Outcome, Resolution? Resolution, ClaimCheck? Check = null);
}
