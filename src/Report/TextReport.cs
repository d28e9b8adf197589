using System.Text;
using Sonde.Protocol;

namespace Sonde.Report;

/// <summary>A report for a person at a terminal: cause, plan, confidence, evidence.</summary>
internal static class TextReport
{
    /// <summary>Whether <paramref name="redirected"/> output and the environment want colour: only a terminal, and never with <c>NO_COLOR</c>.</summary>
    public static bool WantsColour(bool redirected, Func<string, string?> environment) =>
        !redirected && string.IsNullOrEmpty(environment("NO_COLOR")) && environment("TERM") is not (null or "" or "dumb");

    /// <summary>The report as text; what came from the host or the model is escaped.</summary>
    /// <param name="report">Of a diagnosis that ended.</param>
    /// <param name="folder">Where the session is kept, or null.</param>
    /// <param name="colour">From <see cref="WantsColour"/>.</param>
    public static string Write(DiagnosisReport report, string? folder, bool colour)
    {
        var text = new StringBuilder();
        var style = new Style(colour);

        text.AppendLine(style.Bold($"{Headline(report)}")).AppendLine();
        Section(text, style, "Issue", report.Issue);
        if (report.Resolution is { } resolution)
        {
            Section(text, style, "Cause", resolution.RootCause);
            Section(text, style, "Plan (for a person to carry out)", resolution.ResolutionPlan);
            text.Append(style.Bold("Confidence: ")).Append(style.Confidence(resolution.Confidence)).AppendLine(Lowered(report)).AppendLine();
            Section(text, style, "Evidence", resolution.EbpfEvidence);
            Section(text, style, "Claims, held against the evidence", Claims(report));
        }

        if (report.Notes.Count > 0)
        {
            Section(text, style, "Notes", string.Join('\n', report.Notes.Select(static n => "- " + n)));
        }

        text.AppendLine(Answerer(report)).AppendLine(Cost(report));
        if (Redactions(report) is { } redactions)
        {
            text.AppendLine(redactions);
        }

        if (folder is not null)
        {
            text.Append("Session folder: ").AppendLine(PrintableText.Line(folder));
        }

        return text.ToString();
    }

    /// <summary>One line on how it ended.</summary>
    public static string Headline(DiagnosisReport report) => report.Outcome switch
    {
        DiagnosisOutcome.Resolved => "Resolved",
        DiagnosisOutcome.Partial => "Partial: the diagnosis ended early",
        _ => "Failed: no evidence was gathered",
    };

    /// <summary>Who drew the conclusions.</summary>
    public static string Answerer(DiagnosisReport report) => report.Model == DiagnosisReport.BuiltInModel
        ? "No language model took part: the built-in playbooks drew these conclusions."
        : $"Model: {PrintableText.Line(report.Model)}";

    /// <summary>Why the confidence is not the model's own; empty where it is.</summary>
    public static string Lowered(DiagnosisReport report) => report is { ClaimCheck: { } check, Resolution: { } resolution } && check.ModelConfidence != resolution.Confidence
        ? $" (the model said {check.ModelConfidence}; {Tally(check)})"
        : "";

    /// <summary>One line for each claim; null where none was checked.</summary>
    public static string? Claims(DiagnosisReport report) => report.ClaimCheck is not { } check ? null
        : check.Claims.Count == 0 ? "The resolution holds no figure, process, path or address that could be checked."
        : string.Join('\n', check.Claims.Select(static c =>
            $"{c.Verdict.ToString().ToLowerInvariant(),-12} {(c.Cites.Count > 0 ? $"[{string.Join(", ", c.Cites)}] " : "")}{c.Text}{(c.Reason is null ? "" : $" ({c.Reason})")}"));

    private static string Tally(ClaimCheck check) =>
        check.Claims.Count == 0 ? "nothing it says could be checked"
        : $"of {check.Claims.Count} claims {check.Count(ClaimVerdict.Verified)} verified, {check.Count(ClaimVerdict.Unsupported)} unsupported, {check.Count(ClaimVerdict.Contradicted)} contradicted";

    /// <summary>What it took.</summary>
    public static string Cost(DiagnosisReport report)
    {
        var commands = report.Rounds.Sum(static r => r.Results.CommandResults.Count);
        var programs = report.Rounds.Sum(static r => r.Results.EbpfResults.Count);
        var tokens = report.Usage.Tokens > 0 ? $", {report.Usage.Tokens} tokens" : "";
        return $"{Count(report.Usage.Rounds, "round")}, {Count(commands, "command")}, {Count(programs, "eBPF program")}, {report.Usage.Seconds:0.0} s{tokens}";
    }

    /// <summary>What was kept back, by kind; null where nothing was.</summary>
    public static string? Redactions(DiagnosisReport report) => report.Redactions.Count == 0
        ? null
        : $"Redacted, neither sent nor saved: {string.Join(", ", report.Redactions.Select(static r => $"{r.Value} {r.Key.Replace('_', ' ')}"))}";

    private static string Count(int number, string thing) => number == 1 ? $"1 {thing}" : $"{number} {thing}s";

    private static void Section(StringBuilder text, Style style, string title, string? content)
    {
        if (string.IsNullOrWhiteSpace(content))
        {
            return;
        }

        text.AppendLine(style.Bold(title));
        foreach (var line in PrintableText.Lines(content.Trim().ReplaceLineEndings("\n")).Split('\n'))
        {
            text.Append(line.Length > 0 ? "  " : "").AppendLine(line);
        }

        text.AppendLine();
    }

    private readonly struct Style(bool colour)
    {
        public string Bold(string text) => colour ? $"\u001b[1m{text}\u001b[0m" : text;

        public string Confidence(Confidence confidence) => (colour, confidence) switch
        {
            (false, _) => confidence.ToString(),
            (_, Protocol.Confidence.High) => "\u001b[32mHigh\u001b[0m",
            (_, Protocol.Confidence.Medium) => "\u001b[33mMedium\u001b[0m",
            _ => "\u001b[31mLow\u001b[0m",
        };
    }
}
