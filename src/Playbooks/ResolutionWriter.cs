using Sonde.Playbooks.Plans;
using Sonde.Protocol;

namespace Sonde.Playbooks;

/// <summary>Turns an assessment into a resolution. It adds no claim of its own.</summary>
internal static class ResolutionWriter
{
    private const int MostOthers = 3;

    public static Resolution Write(CaseFile file, Assessment assessment)
    {
        var blind = Blind(file);
        if (assessment.Best is not { } best)
        {
            return Unresolved(file, assessment, blind);
        }

        var others = assessment.Findings.Where(f => f != best).Take(MostOthers).Select(f => $"Also seen, {(f.IsCause ? "a weaker candidate" : "not tied to the issue")}: {f.Cause}");
        return new Resolution
        {
            RootCause = best.Cause,
            ResolutionPlan = Steps(best.Fix),
            Confidence = best.Confidence,
            EbpfEvidence = Lines([.. best.Evidence, .. others, .. assessment.RuledOut.Select(r => $"Ruled out: {r}."), .. blind]),
        };
    }

    private static Resolution Unresolved(CaseFile file, Assessment assessment, List<string> blind)
    {
        var seconds = file.Rounds.Sum(r => r.EbpfResults.Values.Where(p => p.Error is null).Select(p => (p.EndTime - p.StartTime).TotalSeconds).DefaultIfEmpty(0).Max());
        var programs = file.Programs.Count(p => p.Result.Error is null);
        var commands = file.Rounds.Sum(r => r.CommandResults.Count);
        var cause = programs + commands == 0
            ? "No cause could be looked for: no probe and no command brought back anything."
            : $"No cause was found: {programs} probes over {seconds:0} s and {commands} commands show nothing that explains the issue. It may not have happened in that time.";

        var kinds = file.Kinds == IssueKind.Unknown ? "" : $" It was taken for an issue of {PlanWriter.Name(file.Kinds)}.";
        return new Resolution
        {
            RootCause = cause + kinds,
            ResolutionPlan = Steps(
            [
                .. blind.Where(b => b.StartsWith("Not looked at", StringComparison.Ordinal)).Take(1).Select(_ => "Mend what kept the probes from running (`sonde check` names it), then diagnose again."),
                "Diagnose again while the fault is happening, or make it happen during the run.",
                "Say more in the issue: the process's name or pid, the address and port, the path, the error message word for word.",
                "Watch one suspect for longer, for example `sonde trace tracepoint syscalls/sys_enter_connect --pid PID -d 120`.",
            ]),
            Confidence = Confidence.Low,
            EbpfEvidence = Lines(
            [
                .. assessment.RuledOut.Select(r => $"Ruled out: {r}."),
                .. assessment.Findings.Take(MostOthers).Select(f => $"Seen, but not tied to the issue: {f.Cause}"),
                .. blind,
            ]),
        };
    }

    // What could not be looked at is neither evidence nor ruled out.
    private static List<string> Blind(CaseFile file) =>
    [
        .. file.Programs
            .Where(p => p.Result.Error is not null)
            .DistinctBy(p => p.Result.ProgramName)
            .Select(p => $"Not looked at: {p.Result.ProgramName} ({p.Result.Target}) could not run: {p.Result.Error!.Code}, {p.Result.Error.Message}"),
        .. file.Rounds.SelectMany(r => r.CommandResults).Where(c => c.Truncated || c.Error is not null)
            .Select(c => $"Not seen whole: {c.Id}{(c.Error is null ? " printed more than is kept" : $": {c.Error}")}; what does not stand in it is not ruled out."),
    ];

    private static string Steps(IReadOnlyList<string> steps) => Lines([.. steps.Select((s, i) => $"{i + 1}. {s}")]);

    private static string Lines(IReadOnlyList<string> lines) => string.Join('\n', lines);
}
