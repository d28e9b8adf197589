using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sonde.Dialogue;
using Sonde.Protocol;
using Sonde.Tests.Protocol;

namespace Sonde.Tests.Dialogue;

public sealed partial class SystemPromptTests
{
    public static TheoryData<string> Responses => [.. Blocks("json")];

    [Theory]
    [MemberData(nameof(Responses))]
    public void Every_example_response_fits_the_schema_and_is_read_without_a_remark(string example)
    {
        Assert.Empty(SchemaValidator.Parse(DiagnosticSchema.Text).Check(JsonNode.Parse(example)));
        switch (ModelReplyReader.Read(example))
        {
            case DiagnosticAnswer answer:
                Assert.Empty(answer.Remarks);
                Assert.All(answer.Plan.EbpfPrograms, program => Assert.Null(program.Fault));
                Assert.All(answer.Plan.EbpfPrograms, program => Assert.Empty(program.Notes));
                break;
            case ResolutionAnswer answer:
                Assert.Empty(answer.Remarks);
                break;
            case var other:
                Assert.Fail(other.ToString());
                break;
        }
    }

    [Fact]
    public void Both_kinds_of_response_are_shown()
    {
        var answers = Blocks("json").Select(ModelReplyReader.Read).ToList();

        Assert.Contains(answers, answer => answer is DiagnosticAnswer);
        Assert.Contains(answers, answer => answer is ResolutionAnswer);
    }

    [Fact]
    public void The_example_of_results_has_the_results_form_and_its_counts_add_up()
    {
        var results = ProtocolJson.Read<RoundResults>(Assert.Single(Blocks("json results")));

        var program = Assert.Single(results.EbpfResults).Value;
        Assert.Equal(program.EventCount, program.Counts.Matched);
        Assert.Equal(program.Counts.Matched, program.Counts.Delivered + program.Counts.SampledOut + program.Counts.Lost);
        Assert.Equal(program.Attached, $"tracepoint:{program.Target}");
        Assert.Equal(program.EventCount, program.Statistics!.Errors["ECONNREFUSED"]);
    }

    [Fact]
    public void Every_field_filter_and_error_code_of_the_contract_is_taught()
    {
        foreach (var name in ContractNames())
        {
            Assert.Contains($"`{name}`", SystemPrompt.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_template_engine_passes_it_on_unchanged() => Assert.DoesNotMatch(TemplateSyntax(), SystemPrompt.Text);

    private static IEnumerable<string> ContractNames()
    {
        var defs = JsonNode.Parse(DiagnosticSchema.Text)!["$defs"]!;
        return defs["filters"]!["properties"]!.AsObject().Select(filter => filter.Key)
            .Concat(defs["program"]!["properties"]!.AsObject().Select(field => field.Key).Except(["description"]))
            .Concat(defs["resolution"]!["properties"]!.AsObject().Select(field => field.Key).Except(["response_type"]))
            .Concat(["tracepoint", "kprobe", "kretprobe", "auto", "counts", "events", "High", "Medium", "Low"])
            .Concat([ErrorCodes.UnknownTarget, ErrorCodes.NotTraceable, ErrorCodes.NoPermission, ErrorCodes.UnsupportedByKernel, ErrorCodes.InvalidRequest])
            .Concat(["event_count", "filtered", "sampled_out", "lost", "missed", "attached", "notes", "suggestions", "protocol_error", "resolution_required", "probe_types"]);
    }

    private static IEnumerable<string> Blocks(string info) =>
        FencedBlock().Matches(SystemPrompt.Text).Where(match => match.Groups["info"].Value == info).Select(match => match.Groups["body"].Value);

    [GeneratedRegex(@"^```(?<info>[^\n]+)\n(?<body>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex FencedBlock();

    [GeneratedRegex(@"\{\{|\{%|\{#")]
    private static partial Regex TemplateSyntax();
}
