using System.Text;
using Sonde.Protocol;

namespace Sonde.Report;

/// <summary>A report to hand on: the resolution, then every round with what was asked and what came back.</summary>
internal static class MarkdownReport
{
    private const int LongestOutput = 4000;

    /// <summary>The report as Markdown; text from the host or the model is escaped or fenced.</summary>
    public static string Write(DiagnosisReport report)
    {
        var text = new StringBuilder();
        text.AppendLine($"# Diagnosis {report.Session}").AppendLine()
            .AppendLine($"**{TextReport.Headline(report)}** · {TextReport.Cost(report)}").AppendLine()
            .AppendLine(TextReport.Answerer(report)).AppendLine();
        if (TextReport.Redactions(report) is { } redactions)
        {
            text.AppendLine(redactions).AppendLine();
        }

        Paragraphs(text, "## Issue", report.Issue);
        if (report.Resolution is { } resolution)
        {
            Paragraphs(text, "## Root cause", resolution.RootCause);
            Paragraphs(text, "## Resolution plan", resolution.ResolutionPlan);
            text.AppendLine($"**Confidence:** {resolution.Confidence}{TextReport.Lowered(report)}").AppendLine();
            Paragraphs(text, "## Evidence", resolution.EbpfEvidence);
            Paragraphs(text, "## Claims, held against the evidence", TextReport.Claims(report));
        }

        if (report.Notes.Count > 0)
        {
            text.AppendLine("## Notes").AppendLine();
            foreach (var note in report.Notes)
            {
                text.AppendLine($"- {Inline(note)}");
            }

            text.AppendLine();
        }

        foreach (var round in report.Rounds)
        {
            Append(text, round);
        }

        Fenced(text, "## Host", ProtocolJson.Write(report.Host, indented: true), "json");
        return text.ToString();
    }

    private static void Append(StringBuilder text, DiagnosisRound round)
    {
        text.AppendLine($"## Round {round.Results.Round}").AppendLine();
        if (!string.IsNullOrWhiteSpace(round.Request.Reasoning))
        {
            text.AppendLine(Inline(round.Request.Reasoning)).AppendLine();
        }

        foreach (var (key, program) in round.Results.EbpfResults)
        {
            text.AppendLine($"### {Id(program.EvidenceId)}{Inline(key)}").AppendLine()
                .AppendLine($"{program.Type.ToString().ToLowerInvariant()} `{Code(program.Target)}`{(program.Attached is { } attached ? $", attached as `{Code(attached)}`" : "")}").AppendLine();
            text.AppendLine(program.Error is { } error
                ? $"**{error.Code}:** {Inline(error.Message)}"
                : $"{program.EventCount} events. {Inline(program.Summary)}").AppendLine();
            foreach (var note in program.Notes)
            {
                text.AppendLine($"- {Inline(note)}");
            }

            text.AppendLine(program.Notes.Count > 0 ? "\n" : "");
        }

        foreach (var finding in round.Results.Findings ?? [])
        {
            text.AppendLine($"### {Id(finding.EvidenceId)}finding of the playbooks, {finding.Confidence}").AppendLine().AppendLine(Inline(finding.Cause)).AppendLine();
        }

        foreach (var command in round.Results.CommandResults)
        {
            text.AppendLine($"### {Id(command.EvidenceId)}{Inline(command.Id)}").AppendLine()
                .AppendLine($"`{Code(command.Command)}` · {(command.Error is { } error ? Inline(error) : $"exit code {command.ExitCode}")} · {command.DurationMs} ms").AppendLine();
            Fenced(text, null, command.Stdout, "");
            Fenced(text, command.Stderr.Length > 0 ? "On standard error:" : null, command.Stderr, "");
        }
    }

    private static string Id(string? evidenceId) => evidenceId is null ? "" : $"{evidenceId} · ";

    private static void Paragraphs(StringBuilder text, string heading, string? content)
    {
        if (string.IsNullOrWhiteSpace(content))
        {
            return;
        }

        text.AppendLine(heading).AppendLine();
        foreach (var line in content.ReplaceLineEndings("\n").Trim().Split('\n'))
        {
            // Two spaces: a line break stays one.
            text.AppendLine(Inline(line) + "  ");
        }

        text.AppendLine();
    }

    private static void Fenced(StringBuilder text, string? heading, string content, string language)
    {
        if (content.Length == 0)
        {
            return;
        }

        if (heading is not null)
        {
            text.AppendLine(heading).AppendLine();
        }

        var shown = content.Length <= LongestOutput ? content : $"{content[..LongestOutput]}\n… {content.Length - LongestOutput} characters more in the session folder";
        var fence = new string('`', Math.Max(3, LongestRun(shown) + 1));
        text.AppendLine(fence + language).AppendLine(PrintableText.Lines(shown.ReplaceLineEndings("\n").TrimEnd('\n'))).AppendLine(fence).AppendLine();
    }

    private static int LongestRun(string text)
    {
        var (longest, run) = (0, 0);
        foreach (var c in text)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }

    // A path or a comm must not become a link, an image or HTML in whatever renders this.
    private static string Inline(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in PrintableText.Line(text))
        {
            if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '#' or '|')
            {
                escaped.Append('\\');
            }

            escaped.Append(c);
        }

        return escaped.ToString();
    }

    private static string Code(string text) => PrintableText.Line(text).Replace('`', '\'');
}
