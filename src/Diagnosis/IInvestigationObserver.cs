using Sonde.Commands;
using Sonde.Protocol;
using Sonde.Tracing;

namespace Sonde.Diagnosis;

/// <summary>
/// Told what a diagnosis does while it does it, for progress on a terminal and for the audit log. Calls come one at a time, from any thread;
/// they must be quick and must not throw. What they are told holds no secret.
/// </summary>
internal interface IInvestigationObserver
{
    /// <summary>The session's id and its folder; null when nothing can be saved (a <see cref="Notice"/> says why).</summary>
    void SessionOpened(string session, string? folder)
    {
    }

    /// <summary>The model is being asked; the call may take minutes.</summary>
    void AskingModel(string model, int round)
    {
    }

    /// <summary>A valid plan is about to run.</summary>
    void RoundStarting(int round, DiagnosticPlan plan)
    {
    }

    /// <summary>Everything that can be attached is; commands start now.</summary>
    void ProgramsAttached(IReadOnlyList<ProgramStatus> programs)
    {
    }

    /// <summary>One command ended.</summary>
    void CommandFinished(CommandOutcome outcome)
    {
    }

    /// <summary>Commands and windows are done.</summary>
    void RoundFinished(RoundResults results)
    {
    }

    /// <summary>Something a person should know now: a reply that had to be corrected, a bound, a file that could not be written.</summary>
    void Notice(string text)
    {
    }
}

/// <summary>Watches nothing.</summary>
internal sealed class SilentObserver : IInvestigationObserver
{
    public static readonly SilentObserver Instance = new();
}
