using Sonde.Dialogue;
using Sonde.Playbooks.Plans;
using Sonde.Protocol;

namespace Sonde.Playbooks;

/// <summary>
/// The built-in playbooks behind the model's contract: a broad round by the kind of issue, a narrower one where a detector wants proof, a resolution
/// from what came back. It keeps no state: everything is read from the history.
/// </summary>
internal sealed class BuiltinModel : IModel
{
    // A diagnosis ends within a minute: a broad look, a proof or a longer look, and at most a proof after that.
    private const int MostRounds = 3;

    // Findings that are worth a proof side by side.
    private const int MostProofs = 2;

    /// <inheritdoc/>
    public string Name => DiagnosisReport.BuiltInModel;

    /// <inheritdoc/>
    public Task<ModelReply> AskAsync(IReadOnlyList<ChatMessage> history, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(new ModelReply(Answer(history), Tokens: 0));
    }

    private static string Answer(IReadOnlyList<ChatMessage> history)
    {
        var file = CaseFile.Read(history);
        var answered = history.Any(m => m.Role == ChatRole.Assistant);
        if (!answered)
        {
            return ProtocolJson.Write(PlanWriter.First(file));
        }

        var assessment = DetectorSet.Assess(file);
        return Next(history, file, assessment) is { } plan
            ? ProtocolJson.Write(plan)
            : ProtocolJson.Write(ResolutionWriter.Write(file, assessment));
    }

    /// <summary>The next round, or null when it is time to conclude.</summary>
    private static DiagnosticPlan? Next(IReadOnlyList<ChatMessage> history, CaseFile file, Assessment assessment)
    {
        // Anything but results (a correction, the last call when a bound was hit) is answered with what is known; so are the last results.
        if (file.Rounds.Count is 0 or >= MostRounds
            || !ProtocolJson.TryRead<RoundResults>(history[^1].Content, out var latest)
            || latest.ResolutionRequired is not null)
        {
            return null;
        }

        var unproved = assessment.Findings.Where(f => f.Proof is not null && f.Score >= Math.Max(Finding.SuspectScore, (assessment.Best?.Score ?? 0) * 0.6)).Take(MostProofs).ToList();
        if (unproved.Count > 0 && assessment.Best is not { Confidence: Confidence.High, Proof: null })
        {
            return PlanWriter.Proof(unproved);
        }

        var traced = file.Programs.Any(p => p.Result.Error is null);
        var open = assessment.Best is not { } best || (!best.Tied && (best.Confidence == Confidence.Low || PlanWriter.NamesSuspect(file)));
        return open && traced && file.Rounds.Count == 1 ? PlanWriter.LongerLook(file) : null;
    }
}
