using Microsoft.Extensions.Logging;
using Sonde.Commands;
using Sonde.Diagnosis;
using Sonde.Protocol;
using Sonde.Tracing;

namespace Sonde.Cli;

/// <summary>What a round or a diagnosis does, told on stderr while it does it.</summary>
/// <param name="log">Where to.</param>
/// <param name="readyFile">Written at the first round's attachment, or null.</param>
internal sealed class Progress(ILogger log, string? readyFile = null) : IInvestigationObserver
{
    private const int LongestCommand = 100;
    private const int LongestReasoning = 300;

    /// <summary>Where the session is kept; null when it isn't.</summary>
    public string? Folder { get; private set; }

    public void SessionOpened(string session, string? folder)
    {
        Folder = folder;
        log.SessionOpened(session, folder is null ? "" : $" in {folder}");
    }

    public void AskingModel(string model, int round) => log.ModelAsked(model);

    public void RoundStarting(int round, DiagnosticPlan plan) => log.RoundStarted(
        round, plan.Reasoning is { Length: > 0 } reasoning ? PrintableText.Line(reasoning, LongestReasoning) : $"{plan.Commands.Count} commands, {plan.EbpfPrograms.Count} programs");

    public void ProgramsAttached(IReadOnlyList<ProgramStatus> programs)
    {
        foreach (var program in programs)
        {
            if (program.Error is { } error)
            {
                var type = program.Request.Type.ToString().ToLowerInvariant();
                var target = PrintableText.Line(program.Request.Target);
                log.ProgramRefused(type, target, error.Message);
            }
            else
            {
                log.ProgramAttached(program.Attached ?? program.Request.Target, program.Request.Duration);
            }
        }

        ReadyFile.Write(readyFile, log);
    }

    public void CommandFinished(CommandOutcome outcome)
    {
        var result = outcome.Result;
        var command = PrintableText.Line(result.Command, LongestCommand);
        var ending = result.Error ?? $"exit code {result.ExitCode}";
        log.CommandFinished(command, result.DurationMs, ending);
    }

    public void RoundFinished(RoundResults results)
    {
        foreach (var (key, program) in results.EbpfResults)
        {
            if (program.Error is null)
            {
                log.ProgramFinished(key, program.Summary);
            }
        }
    }

    public void Notice(string text) => log.Warned(text);
}
