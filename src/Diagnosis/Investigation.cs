using System.Text;
using Sonde.Commands;
using Sonde.Dialogue;
using Sonde.Protocol;
using Sonde.Redaction;
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
    private readonly Redactor _redactor;
    private readonly InvestigationLog _log;
    private readonly AuditLog _audit;
    private readonly Transcript _transcript;
    private readonly RoundSequence _rounds;
    private readonly List<ChatMessage> _history = [];
    private readonly EvidenceLedger _ledger;
    private long _tokens;
    private long _bytes;
    private string? _boundHit;

    private Investigation(
        InvestigationOptions options, HostFacts host, IModel model, RoundRunner runner, Redactor redactor, InvestigationLog log, SessionFolder folder, AuditLog audit)
    {
        (_options, _model, _redactor, _log, _audit) = (options, model, redactor, log, audit);
        _ledger = new EvidenceLedger(options.Issue, host);
        _transcript = new Transcript(folder, options.Time);
        _rounds = new RoundSequence(options, runner, _ledger, redactor, log, folder, audit);
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
        var redactor = new Redactor();
        options = options with { Issue = redactor.Redact(options.Issue) };
        var log = new InvestigationLog(observer, redactor);
        using var folder = SessionFolder.Open(options.Session, options.ReportDirectory, log.Note);
        var audit = new AuditLog(folder, options.Time, redactor);
        log.Add(audit);
        model.Called = audit.Called;
        audit.Started(options, model.Name);
        log.Observer.SessionOpened(options.Session, folder.Path);
        log.Note(options.OpeningNotes);

        var host = CollectHost(options, redactor, log);
        var investigation = new Investigation(options, host, model, new RoundRunner(tracer, commands, redactor), redactor, log, folder, audit);
        var ending = await investigation.EndAsync(host, stop).ConfigureAwait(false);

        var rounds = investigation._rounds.Done;
        var report = new DiagnosisReport
        {
            Session = options.Session,
            Issue = options.Issue,
            Host = host,
            Model = model.Name,
            Outcome = ending.Outcome,
            Resolution = ending.Resolution,
            ClaimCheck = ending.Check,
            Rounds = rounds,
            Usage = new DiagnosisUsage(rounds.Count, investigation._tokens, Math.Round(options.Time.GetElapsedTime(started).TotalSeconds, 1)),
            Redactions = redactor.Counts,
            Notes = log.Notes,
        };
        folder.Write("report.json", ProtocolJson.Write(report, indented: true));
        folder.Write("report.md", MarkdownReport.Write(report));
        audit.Ended(report);
        return report;
    }

    // Without the host's facts a diagnosis is poorer; without a report it would be none.
    private static HostFacts CollectHost(InvestigationOptions options, Redactor redactor, InvestigationLog log)
    {
        try
        {
            return redactor.Redact(options.CollectHost());
        }
        catch (Exception e)
        {
            log.Note($"The host's facts are missing: collecting them failed: {e}");
            return new HostFacts();
        }
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
            switch (await AskAsync(wall.Token, working.Token, stop).ConfigureAwait(false))
            {
                case ResolutionAnswer answer:
                    _log.Note(answer.Remarks);
                    return Conclude(_redactor.Redact(answer.Resolution));

                case InvalidAnswer when tries == 0:
                    return Partial($"{_options.CorrectiveTries + 1} replies of the model in a row were not valid; the last one is in the transcript.");

                case InvalidAnswer answer:
                    tries--;
                    _log.Note($"A reply was not valid and was sent back: {Describe(answer.Faults)}");
                    Say(ProtocolErrorMessage.Write([.. answer.Faults.Select(f => f with { Message = _redactor.Redact(f.Message) })], tries));
                    break;

                case DiagnosticAnswer when _boundHit is not null:
                    return Partial("The model was asked for its best resolution and asked for more evidence instead.");

                case DiagnosticAnswer answer when _options.DryRun:
                    _rounds.Show(answer);
                    return new Ending(DiagnosisOutcome.Partial, null);

                case DiagnosticAnswer when Bound(wall.Token) is { } bound:
                    HitBound(bound);
                    Say(ResolutionRequest.Write(bound));
                    break;

                case DiagnosticAnswer answer:
                    tries = _options.CorrectiveTries;
                    // The playbooks compare by running again, and they end by themselves.
                    var (results, files) = await _rounds.RunAsync(answer, forLanguageModel: !IsBuiltIn, working.Token).ConfigureAwait(false);
                    stop.ThrowIfCancellationRequested();
                    Say(Fit(results, files, wall.Token));
                    break;
            }
        }
    }

    private async Task<ModelAnswer> AskAsync(CancellationToken wall, CancellationToken working, CancellationToken stop)
    {
        _log.Observer.AskingModel(_model.Name, _rounds.Done.Count + 1);
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

    private string Fit(RoundResults results, RoundFiles files, CancellationToken wall)
    {
        if (wall.IsCancellationRequested || _rounds.Bound is not null)
        {
            HitBound(Bound(wall)!);
            results = results with { ResolutionRequired = new ResolutionRequestBody { Reason = _boundHit! } };
        }
        else if (_rounds.Done.Count == _options.MaxRounds)
        {
            results = results with { Notes = [.. results.Notes ?? [], $"This was round {_rounds.Done.Count} of {_options.MaxRounds}: no further one runs. Answer with your resolution."] };
        }

        // The playbooks read every figure and have no context to overflow.
        var budget = IsBuiltIn ? int.MaxValue : _options.ContextBudget;
        return new ContextBudget(budget, files).Fit(results);
    }

    private string? Bound(CancellationToken wall) => this switch
    {
        _ when wall.IsCancellationRequested => $"The wall time of {_options.WallTime.TotalSeconds:0} s is over.",
        _ when _rounds.Bound is { } bound => bound,
        _ when _rounds.Done.Count >= _options.MaxRounds => $"All {_options.MaxRounds} rounds have run.",
        _ when _bytes >= _options.MaxBytes => $"The bound of {_options.MaxBytes} bytes is reached ({_bytes} sent).",
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
        _bytes += Encoding.UTF8.GetByteCount(content);
        _history.Add(new ChatMessage(ChatRole.User, content));
        _transcript.Sent(content);
    }

    // What runs is what the model wrote; what is kept and sent back to it went through the gate.
    private ModelAnswer Hear(ModelReply reply)
    {
        var answer = ModelReplyReader.Read(reply.Content);
        var shown = _redactor.Redact(reply.Content);
        _tokens += reply.Tokens;
        _transcript.Received(shown, reply.Tokens);
        _audit.Heard(reply, answer);

        // Servers refuse an empty message of the assistant when the history comes back to them.
        _history.Add(new ChatMessage(ChatRole.Assistant, string.IsNullOrWhiteSpace(shown) ? "(empty reply)" : shown));
        return answer;
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
        reason = _redactor.Redact(reason);
        _log.Note(reason);
        _transcript.Note(reason);
        var resolution = PartialResolution.From(_rounds.Done, reason);
        if (resolution is not null)
        {
            _log.Note("The resolution was written by the agent: the model gave none.");
        }

        return new Ending(outcome ?? (_rounds.Done.Count > 0 ? DiagnosisOutcome.Partial : DiagnosisOutcome.Failed), resolution);
    }

    private static string Describe(IReadOnlyList<ProtocolFault> faults) =>
        string.Join("; ", faults.Take(3).Select(static f => $"{f.Path}: {f.Message}")) + (faults.Count > 3 ? $"; and {faults.Count - 3} more" : "");

    private readonly record struct Ending(DiagnosisOutcome Outcome, Resolution? Resolution, ClaimCheck? Check = null);
}
