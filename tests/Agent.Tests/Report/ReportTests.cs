using Sonde.Protocol;
using Sonde.Report;

namespace Sonde.Tests.Report;

public sealed class ReportTests
{
    private static readonly DiagnosisReport Resolved = new()
    {
        Session = "2026-11-23T06-00-00Z-3f2a",
        Issue = "my app cannot connect",
        Host = new HostFacts { Hostname = "web-1" },
        Model = "gpt-test",
        Outcome = DiagnosisOutcome.Resolved,
        Resolution = new Resolution { RootCause = "Nothing listens on 5999.", ResolutionPlan = "1. Start it.\n2. Enable it.", Confidence = Confidence.High, EbpfEvidence = "12 × ECONNREFUSED" },
        Rounds = [new DiagnosisRound(new DiagnosticPlan(), new RoundResults { Round = 1, CommandResults = [new CommandResult { Id = "a", Command = "echo `x`", ExitCode = 0, DurationMs = 1, Stdout = "```\n<b>" }] })],
        Usage = new DiagnosisUsage(1, 1234, 31.2),
    };

    [Fact]
    public void People_read_cause_plan_confidence_evidence_and_cost()
    {
        var text = TextReport.Write(Resolved, "/var/lib/sonde/sessions/x", colour: false);

        foreach (var expected in (string[])["Resolved", "my app cannot connect", "Nothing listens on 5999.", "  1. Start it.\n  2. Enable it.", "Confidence: High", "12 × ECONNREFUSED", "Model: gpt-test", "1 round, 1 command, 0 eBPF programs, 31.2 s, 1234 tokens", "/var/lib/sonde/sessions/x"])
        {
            Assert.Contains(expected, text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain('\u001b', text);
    }

    [Fact]
    public void Every_claim_is_shown_with_its_verdict_and_why_the_confidence_was_lowered()
    {
        var report = Resolved with
        {
            Resolution = Resolved.Resolution! with { Confidence = Confidence.Low },
            ClaimCheck = new ClaimCheck
            {
                ModelConfidence = Confidence.High,
                Claims = [new CheckedClaim("P1: 24 connects", ClaimVerdict.Verified, ["P1"], null), new CheckedClaim("nginx (pid 7)", ClaimVerdict.Contradicted, [], "pid 7 is orders, not nginx")],
            },
        };

        foreach (var form in new[] { TextReport.Write(report, null, colour: false), MarkdownReport.Write(report).Replace("\\", "", StringComparison.Ordinal) })
        {
            Assert.Contains("Low (the model said High; of 2 claims 1 verified, 0 unsupported, 1 contradicted)", form, StringComparison.Ordinal);
            Assert.Contains("contradicted nginx (pid 7) (pid 7 is orders, not nginx)", form, StringComparison.Ordinal);
        }

        Assert.Contains("\"claim_check\":{\"model_confidence\":\"High\",\"claims\":[{\"text\":\"P1: 24 connects\",\"verdict\":\"verified\",\"cites\":[\"P1\"]}", ProtocolJson.Write(report), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_language_model_every_form_says_so()
    {
        var report = Resolved with { Model = DiagnosisReport.BuiltInModel };

        Assert.Contains("No language model took part", TextReport.Write(report, null, colour: false), StringComparison.Ordinal);
        Assert.Contains("No language model took part", MarkdownReport.Write(report), StringComparison.Ordinal);
        Assert.Contains("\"model\":\"builtin\"", ProtocolJson.Write(report), StringComparison.Ordinal);
    }

    [Fact]
    public void Escapes_from_the_host_or_the_model_do_not_reach_the_terminal()
    {
        const string Hostile = "\u001b]0;owned\u0007 \u202e\u009b31m\r";
        var report = Resolved with { Issue = Hostile, Model = Hostile, Notes = [Hostile], Resolution = Resolved.Resolution! with { RootCause = Hostile, EbpfEvidence = Hostile } };

        var text = TextReport.Write(report, Hostile, colour: false) + MarkdownReport.Write(report);

        Assert.DoesNotContain(text, static c => char.IsControl(c) && c != '\n');
        Assert.DoesNotContain('\u202e', text);
        Assert.Contains("\\u001b]0;owned", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_holds_hostile_output_in_its_fence()
    {
        var markdown = MarkdownReport.Write(Resolved);

        Assert.Contains("````\n```\n<b>\n````", markdown, StringComparison.Ordinal);
        Assert.Contains("`echo 'x'`", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_JSON_has_the_contracts_names()
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(ProtocolJson.Write(Resolved))!.AsObject();

        Assert.Equal(["session", "issue", "host", "model", "outcome", "resolution", "rounds", "usage", "redactions", "notes"], json.Select(static f => f.Key));
        Assert.Equal("resolved", (string?)json["outcome"]);
        Assert.Equal(["request", "results"], json["rounds"]![0]!.AsObject().Select(static f => f.Key));
        Assert.Equal("""{"rounds":1,"tokens":1234,"seconds":31.2}""", json["usage"]!.ToJsonString());
    }

    [Theory]
    [InlineData(false, null, "xterm", true)]
    [InlineData(true, null, "xterm", false)]
    [InlineData(false, "1", "xterm", false)]
    [InlineData(false, null, "dumb", false)]
    public void Colour_is_for_terminals_that_want_it(bool redirected, string? noColor, string term, bool expected) =>
        Assert.Equal(expected, TextReport.WantsColour(redirected, name => name == "NO_COLOR" ? noColor : term));
}
