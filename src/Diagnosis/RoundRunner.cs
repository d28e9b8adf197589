using Sonde.Commands;
using Sonde.Protocol;
using Sonde.Redaction;
using Sonde.Tracing;

namespace Sonde.Diagnosis;

/// <summary>What a round brought back: for the model, and whole for the session folder.</summary>
/// <param name="Results">As the contract has them, not yet fitted to a budget.</param>
/// <param name="Commands">In the plan's order.</param>
/// <param name="StoppedEarly">Whether a window or a command may be shorter than it would have been.</param>
internal sealed record RoundOutcome(RoundResults Results, IReadOnlyList<CommandOutcome> Commands, bool StoppedEarly = false);

/// <summary>
/// Runs one plan: probes first, so that what the commands provoke is seen, then the commands side by side. All that it hands on went through the redactor.
/// </summary>
internal sealed class RoundRunner(ITracer tracer, ICommandRunner commands, Redactor redactor)
{
    // Enough to keep short diagnostics side by side without a flood of processes on a host in trouble.
    private const int MostAtOnce = 8;

    /// <summary>
    /// Ends when every window and every command has. <paramref name="stop"/> ends both early; what was gathered is returned all the same.
    /// </summary>
    /// <param name="admitted">As the model wrote it; programs that carry a fault come back with it, and commands that are answered already with that.</param>
    /// <param name="round">From 1.</param>
    /// <param name="remarks">What the reader mended; becomes the round's notes.</param>
    /// <param name="sink">Receives every delivered event, or null.</param>
    /// <param name="observer">Told of attached programs and finished commands.</param>
    /// <param name="stop">Interruption or the wall time.</param>
    public async Task<RoundOutcome> RunAsync(
        AdmittedPlan admitted, int round, IReadOnlyList<string> remarks, ITraceSink? sink, IInvestigationObserver observer, CancellationToken stop)
    {
        var plan = admitted.Plan;
        using var session = plan.EbpfPrograms.Count > 0 ? tracer.Start(plan.EbpfPrograms, sink) : null;
        observer.ProgramsAttached([.. (session?.Programs ?? []).Select(Shown)]);

        var tracing = session?.CompleteAsync(stop);
        var outcomes = await RunCommandsAsync(admitted, observer, stop).ConfigureAwait(false);
        var programs = tracing is null ? [] : Shown(await tracing.ConfigureAwait(false));

        // What was refused or answered has no end that could come too early.
        var stoppedEarly = stop.IsCancellationRequested && (outcomes.Any(o => !admitted.Answered.ContainsKey(o.Result.Id)) || programs.Values.Any(static p => p.Error is null));
        var results = new RoundResults
        {
            Round = round,
            CommandResults = [.. outcomes.Select(static o => o.Result)],
            EbpfResults = programs,
            Notes = NotesOf(remarks, stoppedEarly)?.Select(redactor.Redact).ToList(),
        };
        observer.RoundFinished(results);
        return new RoundOutcome(results, outcomes, stoppedEarly);
    }

    private async Task<CommandOutcome[]> RunCommandsAsync(
        AdmittedPlan admitted, IInvestigationObserver observer, CancellationToken stop)
    {
        using var slots = new SemaphoreSlim(MostAtOnce);
        var gate = new Lock();
        return await Task.WhenAll(admitted.Plan.Commands.Select(RunOneAsync)).ConfigureAwait(false);

        async Task<CommandOutcome> RunOneAsync(CommandRequest request)
        {
            if (admitted.Answered.TryGetValue(request.Id, out var answered))
            {
                var isRefused = admitted.Refused.Contains(request.Id);
                var known = new CommandOutcome(redactor.Redact(answered), "", "") { Verdict = CommandVerdict.Refused };
                return isRefused ? Told(known) : known;
            }

            CommandOutcome outcome;
            try
            {
                await slots.WaitAsync(stop).ConfigureAwait(false);
                try
                {
                    outcome = await commands.RunAsync(request, stop).ConfigureAwait(false);
                }
                finally
                {
                    slots.Release();
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                outcome = NotRun(request);
            }

            return Told(OutcomeGate.Redact(outcome, redactor));
        }

        CommandOutcome Told(CommandOutcome outcome)
        {
            lock (gate)
            {
                observer.CommandFinished(outcome);
            }

            return outcome;
        }
    }

    private ProgramStatus Shown(ProgramStatus program) => program with
    {
        Request = redactor.Redact(program.Request),
        Error = program.Error is { } error ? redactor.Redact(error) : null,
    };

    private Dictionary<string, ProgramResult> Shown(IReadOnlyDictionary<string, ProgramResult> results) => results.ToDictionary(static r => r.Key, r =>
    {
        var shown = redactor.Redact(r.Value, out var replaced);
        return shown with { Redacted = replaced, FoldedStacks = r.Value.FoldedStacks is { } stacks ? redactor.Redact(stacks) : null };
    });

    private static CommandOutcome NotRun(CommandRequest request) => new(
        new CommandResult { Id = request.Id, Command = request.Command, DurationMs = 0, Error = "not run to its end: the round was stopped early" }, "", "");

    private static IReadOnlyList<string>? NotesOf(IReadOnlyList<string> remarks, bool stopped) => (remarks.Count, stopped) switch
    {
        (0, false) => null,
        (_, false) => remarks,
        _ => [.. remarks, "The round was stopped early: windows are shorter than asked, commands may be cut off."],
    };
}
