using Sonde.Protocol;

namespace Sonde.Tests.Protocol;

/// <summary>The twelve ways in which models miss the contract most often: each is accepted, or answered with what is wrong and where.</summary>
public sealed class UsualSlipsTests
{
    private const string Good = """{"response_type":"diagnostic","reasoning":"why","commands":[{"id":"net","command":"ss -t"}],"ebpf_programs":[{"name":"conn","type":"kprobe","target":"tcp_connect","duration":20,"filters":{"pid":12}}]}""";

    // What is sent, and what is expected: the same plan as Good; the plan with a note or remark that says this; or a fault at this path that says this.
    public static TheoryData<string, string, string> Slips => new()
    {
        { "fence", $"```json\n{Good}\n```", "same" },
        { "fence without an end", $"```\n{Good}", "same" },
        { "prose", $"I'll look at the connections first.\n\n{Good}\n\nThat should show it.", "same" },
        { "trailing comma", Good.Replace("}]}", "},],}", StringComparison.Ordinal), "same" },
        { "NaN as a duration", Good.Replace(":20", ":NaN", StringComparison.Ordinal), "note: duration" },
        { "NaN as a pid", Good.Replace(":12", ":NaN", StringComparison.Ordinal), "note: pid" },
        { "numbers as strings", Good.Replace(":20", ":\"20\"", StringComparison.Ordinal).Replace(":12", ":\" 12 \"", StringComparison.Ordinal), "same" },
        { "truncated in a program", Good[..(Good.IndexOf("tcp_connect", StringComparison.Ordinal) + 4)], "fault: $.ebpf_programs[0].target: cut off" },
        { "truncated in a command", Good[..(Good.IndexOf("ss -t", StringComparison.Ordinal) + 2)], "fault: $.commands[0].command: cut off" },
        { "nested fence", $"````markdown\nThe request:\n```json\n{Good}\n```\n````", "same" },
        { "fence inside a text", Good.Replace("why", "run ```ss``` and ```{}```", StringComparison.Ordinal), "plan" },
        { "byte order mark", $"\uFEFF{Good}", "same" },
        { "byte order mark in a fence", $"```json\n\uFEFF{Good}\n```", "same" },
        { "duplicate keys", Good.Replace("\"reasoning\"", "\"commands\":[\"uptime\"],\"reasoning\":\"first\",\"reasoning\"", StringComparison.Ordinal), "same" },
        { "a huge number as a duration", Good.Replace(":20", ":1e999", StringComparison.Ordinal), "note: duration" },
        { "a huge number as a pid", Good.Replace(":12", ":99999999999999999999999999", StringComparison.Ordinal), "note: pid" },
        { "a number of a thousand digits", Good.Replace(":20", ":" + new string('9', 1000), StringComparison.Ordinal), "note: duration" },
        { "deep nesting around it", new string('[', 3) + Good + new string(']', 3), "same" },
        { "deep nesting beyond every measure", $$"""{"response_type":"diagnostic","commands":{{new string('[', 5000)}}"ss"{{new string(']', 5000)}}}""", "fault: $.commands: nested deeper" },
        { "wrong case", Good.Replace("diagnostic", "Diagnostic", StringComparison.Ordinal).Replace("\"commands\"", "\"Commands\"", StringComparison.Ordinal).Replace("kprobe", "KProbe", StringComparison.Ordinal), "same" },
    };

    [Theory]
    [MemberData(nameof(Slips))]
    public void Each_slip_is_accepted_or_answered(string slip, string reply, string expected)
    {
        var answer = ModelReplyReader.Read(reply);

        if (expected.StartsWith("fault: ", StringComparison.Ordinal))
        {
            var faults = Assert.IsType<InvalidAnswer>(answer).Faults.Select(static f => $"{f.Path}: {f.Message}");
            var parts = expected["fault: ".Length..].Split(": ");
            Assert.Contains(faults, f => f.StartsWith(parts[0], StringComparison.Ordinal) && f.Contains(parts[^1], StringComparison.Ordinal));
            return;
        }

        var diagnostic = Assert.IsType<DiagnosticAnswer>(answer);
        Assert.Equal("ss -t", Assert.Single(diagnostic.Plan.Commands).Command);
        var program = Assert.Single(diagnostic.Plan.EbpfPrograms);
        switch (expected)
        {
            case "same":
                Assert.Equal(ProtocolJson.Write(((DiagnosticAnswer)ModelReplyReader.Read(Good)).Plan), ProtocolJson.Write(diagnostic.Plan));
                break;
            case "plan":
                break;
            default:
                var said = program.Notes.Concat(diagnostic.Remarks).Append(program.Fault?.Message ?? "");
                Assert.True(said.Any(n => n.Contains(expected["note: ".Length..], StringComparison.Ordinal)), $"{slip}: nothing said of it in {string.Join("; ", said)}");
                break;
        }
    }

    [Theory]
    [InlineData("""{"id":"bad"}""")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("""{"command":{"x":[]}}""")]
    [InlineData("\"\"")]
    [InlineData("[[[]]]")]
    public void A_bad_item_never_discards_the_good_ones_beside_it(string bad)
    {
        var reply = Good.Replace("\"commands\":[", $"\"commands\":[{bad},", StringComparison.Ordinal).Replace("\"ebpf_programs\":[", $"\"ebpf_programs\":[{bad},", StringComparison.Ordinal);

        var (plan, _) = Assert.IsType<DiagnosticAnswer>(ModelReplyReader.Read(reply));

        Assert.Contains(plan.Commands, static c => c.Command == "ss -t");
        Assert.Contains(plan.EbpfPrograms, static p => p.Target == "tcp_connect" && p.Fault is null);
    }
}
