using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>Stands in where the model gave no resolution: says so, and lays out what was measured without drawing conclusions.</summary>
internal static class PartialResolution
{
    private const int MostFindings = 20;

    /// <summary>Null when no round ran: there is nothing to lay out.</summary>
    /// <param name="rounds">What was gathered.</param>
    /// <param name="reason">Why the diagnosis ended early.</param>
    public static Resolution? From(IReadOnlyList<DiagnosisRound> rounds, string reason)
    {
        if (rounds.Count == 0)
        {
            return null;
        }

        string[] seen = [.. rounds.SelectMany(static r => r.Results.EbpfResults.Values).Where(static p => p.Error is null && p.EventCount > 0).Select(static p => $"{p.ProgramName}: {p.Summary}")];
        var commands = rounds.Sum(static r => r.Results.CommandResults.Count);
        var programs = rounds.Sum(static r => r.Results.EbpfResults.Count);

        return new Resolution
        {
            RootCause = $"Not established: the diagnosis ended early. {reason}",
            ResolutionPlan = "1. Read the evidence below and the session folder; nothing in it was interpreted.\n2. Remove what ended the diagnosis early, and run it again.",
            Confidence = Confidence.Low,
            EbpfEvidence = seen.Length == 0
                ? $"{commands} commands and {programs} programs ran; no program saw a matching event."
                : string.Join('\n', seen.Length <= MostFindings ? seen : [.. seen.Take(MostFindings), $"and {seen.Length - MostFindings} more programs with events"]),
        };
    }
}
