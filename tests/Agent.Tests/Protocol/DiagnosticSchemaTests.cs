using System.Text.Json.Nodes;
using Sonde.Protocol;

namespace Sonde.Tests.Protocol;

public sealed class DiagnosticSchemaTests
{
    private static readonly SchemaValidator Schema = SchemaValidator.Parse(DiagnosticSchema.Text);

    [Theory]
    [InlineData("""{"response_type":"diagnostic","commands":["ss -t"]}""")]
    [InlineData("""{"response_type":"diagnostic","commands":[{"id":"a","command":"ss"}],"ebpf_programs":[]}""")]
    [InlineData("""{"response_type":"diagnostic","ebpf_programs":[{"name":"a","type":"fentry","target":"tcp_connect","filters":{"uid":0,"errors_only":true}}]}""")]
    [InlineData("""{"response_type":"resolution","root_cause":"a","resolution_plan":["b"],"confidence":"Low"}""")]
    public void What_the_contract_shows_is_valid_and_read_without_a_remark(string response)
    {
        Assert.Empty(Schema.Check(JsonNode.Parse(response)));
        Assert.Empty(ModelReplyReader.Read(response) switch
        {
            DiagnosticAnswer answer => [.. answer.Remarks, .. answer.Plan.EbpfPrograms.SelectMany(program => program.Notes)],
            ResolutionAnswer answer => answer.Remarks,
            var other => [other.ToString()],
        });
    }

    [Theory]
    [InlineData("""{"commands":["ss"]}""")]
    [InlineData("""{"response_type":"diagnostic"}""")]
    [InlineData("""{"response_type":"diagnostic","commands":[{"id":"a"}]}""")]
    [InlineData("""{"response_type":"diagnostic","commands":[],"thoughts":"x"}""")]
    [InlineData("""{"response_type":"diagnostic","ebpf_programs":[{"name":"a","type":"uprobe","target":"b"}]}""")]
    [InlineData("""{"response_type":"diagnostic","ebpf_programs":[{"name":"a","type":"kprobe","target":"b","duration":301}]}""")]
    [InlineData("""{"response_type":"diagnostic","ebpf_programs":[{"name":"a","type":"kprobe","target":"b","filters":{"port":1}}]}""")]
    [InlineData("""{"response_type":"resolution","root_cause":"a","resolution_plan":"b"}""")]
    [InlineData("""{"response_type":"resolution","root_cause":"a","resolution_plan":"b","confidence":"certain"}""")]
    [InlineData("""{"response_type":"resolution","root_cause":"","resolution_plan":"b","confidence":"Low"}""")]
    public void What_the_contract_forbids_is_invalid(string response) => Assert.NotEmpty(Schema.Check(JsonNode.Parse(response)));

    [Fact]
    public void Its_bounds_are_the_records_bounds()
    {
        var defs = JsonNode.Parse(DiagnosticSchema.Text)!["$defs"]!;
        var program = defs["program"]!["properties"]!;

        Assert.Equal(ProgramRequest.MinDuration, (double)program["duration"]!["minimum"]!);
        Assert.Equal(ProgramRequest.MaxDuration, (double)program["duration"]!["maximum"]!);
        Assert.Equal(ProgramRequest.DefaultDuration, (double)program["duration"]!["default"]!);
        Assert.Equal(ProgramRequest.LargestMaxEvents, (int)program["max_events"]!["maximum"]!);
        Assert.Equal(ProgramRequest.DefaultMaxEvents, (int)program["max_events"]!["default"]!);
        Assert.Equal(ProgramRequest.MostPerRound, (int)defs["diagnostic"]!["properties"]!["ebpf_programs"]!["maxItems"]!);
    }

    [Fact]
    public void Every_field_of_a_plan_as_written_is_known_to_it()
    {
        var plan = new DiagnosticPlan
        {
            Reasoning = "why",
            Commands = [new CommandRequest { Id = "a", Command = "ss", Description = "d" }],
            EbpfPrograms =
            [
                new ProgramRequest
                {
                    Name = "p", Type = ProbeType.Kretprobe, Target = "vfs_read", Description = "d",
                    Filters = new ProgramFilters { Pid = 1, Tid = 1, Ppid = 1, Comm = "c", Uid = 0, Cgroup = "/", MinLatencyUs = 1, ErrorsOnly = true },
                },
            ],
        };

        Assert.Empty(Schema.Check(JsonNode.Parse(ProtocolJson.Write(plan))));
        Assert.Equal(ProtocolJson.Write(plan), ProtocolJson.Write(Assert.IsType<DiagnosticAnswer>(ModelReplyReader.Read(ProtocolJson.Write(plan))).Plan));
    }
}
