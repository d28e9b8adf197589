using Sonde.Protocol;

namespace Sonde.Tests.Protocol;

public sealed class ModelReplyReaderTests
{
    private const string Plan =
        """{"response_type":"diagnostic","reasoning":"why","commands":[{"id":"net","command":"ss -tulpn","description":"d"}],"ebpf_programs":[{"name":"conn","type":"kprobe","target":"tcp_connect","duration":20,"filters":{"comm":"app","pid":12}}]}""";

    private const string Conclusion =
        """{"response_type":"resolution","root_cause":"nothing listens","resolution_plan":"1. start it","confidence":"High","ebpf_evidence":"42 x ECONNREFUSED"}""";

    [Fact]
    public void A_plan_is_read_field_by_field()
    {
        var (plan, remarks) = Diagnostic(Plan);

        Assert.Empty(remarks);
        Assert.Equal("why", plan.Reasoning);
        Assert.Equal(new CommandRequest { Id = "net", Command = "ss -tulpn", Description = "d" }, Assert.Single(plan.Commands));
        var program = Assert.Single(plan.EbpfPrograms);
        Assert.Equal(("conn", ProbeType.Kprobe, "tcp_connect", 20.0), (program.Name, program.Type, program.Target, program.Duration));
        Assert.Equal(new ProgramFilters { Comm = "app", Pid = 12 }, program.Filters);
        Assert.Empty(program.Notes);
        Assert.Null(program.Fault);
    }

    [Fact]
    public void A_resolution_is_read_field_by_field()
    {
        var answer = Assert.IsType<ResolutionAnswer>(ModelReplyReader.Read(Conclusion));

        Assert.Empty(answer.Remarks);
        Assert.Equal(
            new Resolution
            {
                RootCause = "nothing listens", ResolutionPlan = "1. start it", Confidence = Confidence.High, EbpfEvidence = "42 x ECONNREFUSED",
            },
            answer.Resolution);
    }

    public static TheoryData<string, string> Disguises => new()
    {
        { "a fence", $"```json\n{Plan}\n```" },
        { "a fence in a fence", $"````markdown\nHere:\n```json\n{Plan}\n```\n````" },
        { "an unclosed fence", $"```json\n{Plan}" },
        { "prose around it", $"Sure! I'll look at {{comm}} and [1] first.\n{Plan}\nLet me know." },
        { "a byte order mark", $"\uFEFF{Plan}" },
        { "thoughts before it", $"<think>maybe {Conclusion} but no</think>\n{Plan}" },
        { "thoughts with broken JSON", $"<think>{{\"response_type\": \"diag</think>{Plan}" },
        { "a trailing comma", Plan.Replace("}}]}", "},},],}", StringComparison.Ordinal) },
        { "missing commas", Plan.Replace("\",\"", "\"\n\"", StringComparison.Ordinal) },
        { "comments", Plan.Replace("\"commands\"", "// look\n/* twice */ # thrice\n\"commands\"", StringComparison.Ordinal) },
        { "single quotes", Plan.Replace('"', '\'') },
        { "bare keys", Plan.Replace("\"commands\"", "commands", StringComparison.Ordinal) },
        { "a response type in capitals", Plan.Replace("\"diagnostic\"", "\"DIAGNOSTIC\"", StringComparison.Ordinal) },
        { "no response type", Plan.Replace("\"response_type\":\"diagnostic\",", "", StringComparison.Ordinal) },
        { "names in camel case", Plan.Replace("response_type", "responseType", StringComparison.Ordinal).Replace("ebpf_programs", "ebpfPrograms", StringComparison.Ordinal) },
        { "numbers as strings", Plan.Replace("20", "\"20\"", StringComparison.Ordinal).Replace(":12", ":\"12\"", StringComparison.Ordinal) },
        { "a duration with its unit", Plan.Replace("20", "\"20 s\"", StringComparison.Ordinal) },
        { "a wrapper", $$"""{"response":{{Plan}}}""" },
        { "a list around it", $"[{Plan}]" },
        { "the whole quoted once more", System.Text.Json.Nodes.JsonValue.Create(Plan).ToJsonString() },
        { "quoted inside a wrapper", $$"""{"answer":{{System.Text.Json.Nodes.JsonValue.Create(Plan).ToJsonString()}}}""" },
        { "a key that occurs twice", Plan.Replace("\"reasoning\"", "\"reasoning\":\"first\",\"reasoning\"", StringComparison.Ordinal) },
        { "single items instead of lists", Plan.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal) },
        { "maps instead of lists", """{"response_type":"diagnostic","reasoning":"why","commands":{"net":{"command":"ss -tulpn","description":"d"}},"ebpf_programs":{"conn":{"type":"kprobe","target":"tcp_connect","duration":20,"filters":[{"comm":"app"},{"pid":12}]}}}""" },
    };

    [Theory]
    [MemberData(nameof(Disguises))]
    public void A_plan_is_understood_in_disguise(string disguise, string reply)
    {
        _ = disguise;

        Assert.Equal(ProtocolJson.Write(Diagnostic(Plan).Plan), ProtocolJson.Write(Diagnostic(reply).Plan));
    }

    [Theory]
    [InlineData("""{"commands":["ss -t",{"command":"ps"}]}""", "cmd_1=ss -t|cmd_2=ps")]
    [InlineData("""{"commands":"ss -t"}""", "cmd_1=ss -t")]
    [InlineData("""{"commands":{"a":"ss -t","b":"ps"}}""", "a=ss -t|b=ps")]
    [InlineData("""{"commands":[{"id":"x","command":"a"},{"id":"x","command":"b"},{"id":7,"command":"c"}]}""", "x=a|x_2=b|7=c")]
    [InlineData("""{"commands":[{"id":"x","command":["grep","a b","it's"]}]}""", "x=grep 'a b' 'it'\\''s'")]
    [InlineData("""{"commands":[{"id":"x","command":"grep '\d\.' f"}]}""", "x=grep '\\d\\.' f")]
    [InlineData("""{"id":"x","command":"ss"}""", "x=ss")]
    [InlineData("""[{"id":"x","command":"ss"}, {"id":"y","command":"ps"}]""", "x=ss|y=ps")]
    public void Commands_get_unique_ids_in_every_form(string reply, string expected) =>
        Assert.Equal(expected, string.Join('|', Diagnostic(reply).Plan.Commands.Select(command => $"{command.Id}={command.Command}")));

    [Fact]
    public void A_bad_command_becomes_a_remark_and_the_good_ones_stay()
    {
        var (plan, remarks) = Diagnostic("""{"commands":[{"id":"a"},7,"",{"id":"d","command":"uptime"},{"id":"e","command":{"x":1}}]}""");

        Assert.Equal("uptime", Assert.Single(plan.Commands).Command);
        Assert.Equal(4, remarks.Count);
        Assert.Contains(remarks, remark => remark.StartsWith("$.commands[0]:", StringComparison.Ordinal));
        Assert.Contains(remarks, remark => remark.StartsWith("$.commands[4]:", StringComparison.Ordinal));
    }

    [Fact]
    public void Unknown_fields_are_accepted_and_named()
    {
        var (plan, remarks) = Diagnostic("""{"commands":["ss"],"thoughts":"hm","ebpf_programs":[{"name":"a","type":"kprobe","target":"f","depth":3}]}""");

        Assert.Contains("$.thoughts", Assert.Single(remarks), StringComparison.Ordinal);
        Assert.Contains("$.ebpf_programs[0].depth", Assert.Single(plan.EbpfPrograms[0].Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_conclusion_drawn_before_the_results_are_in_does_not_count()
    {
        var (plan, remarks) = Diagnostic($"{Conclusion}\n{Plan}");

        Assert.Single(plan.Commands);
        Assert.Contains("2 responses", Assert.Single(remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void A_resolution_runs_nothing_and_says_so()
    {
        var answer = Assert.IsType<ResolutionAnswer>(ModelReplyReader.Read(Conclusion.Replace("{", """{"commands":["reboot"],""", StringComparison.Ordinal)));

        Assert.Contains("runs nothing", Assert.Single(answer.Remarks), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"HIGH\"", Confidence.High)]
    [InlineData("\" medium \"", Confidence.Medium)]
    [InlineData("\"low (20 %)\"", Confidence.Low)]
    public void Confidence_is_read_in_any_case(string written, Confidence expected) =>
        Assert.Equal(expected, Assert.IsType<ResolutionAnswer>(ModelReplyReader.Read(Conclusion.Replace("\"High\"", written, StringComparison.Ordinal))).Resolution.Confidence);

    [Theory]
    [InlineData("""["stop it","start it"]""", "1. stop it\n2. start it")]
    [InlineData("""["1. stop it","2. start it"]""", "1. stop it\n2. start it")]
    [InlineData("""[{"step":1,"action":"stop it"}]""", "1. step: 1; action: stop it")]
    public void A_plan_may_be_a_list(string written, string expected)
    {
        var answer = ModelReplyReader.Read(Conclusion.Replace("\"1. start it\"", written, StringComparison.Ordinal));

        Assert.Equal(expected, Assert.IsType<ResolutionAnswer>(answer).Resolution.ResolutionPlan);
    }

    [Theory]
    [InlineData("""["a","b"]""", "a\nb")]
    [InlineData("null", null)]
    [InlineData("[]", null)]
    public void Evidence_may_be_a_list_or_absent(string written, string? expected)
    {
        var answer = ModelReplyReader.Read(Conclusion.Replace("\"42 x ECONNREFUSED\"", written, StringComparison.Ordinal));

        Assert.Equal(expected, Assert.IsType<ResolutionAnswer>(answer).Resolution.EbpfEvidence);
    }

    [Theory]
    [InlineData("", "$", "empty")]
    [InlineData("I don't know.", "$", "no response found")]
    [InlineData("{}", "$", "no response found")]
    [InlineData("I would use {comm} and [pid] {", "$", "no response found")]
    [InlineData("{\"resp", "$", "cut off")]
    [InlineData("""{"response_type":"diagnostic"}""", "$", "at least one")]
    [InlineData("""{"response_type":"diagnostic","commands":[{"id":"a"}]}""", "$.commands[0]", "command")]
    [InlineData("""{"response_type":"resolution"}""", "$.root_cause", "missing")]
    [InlineData("""{"response_type":"resolution","root_cause":"x","resolution_plan":"y"}""", "$.confidence", "High, Medium or Low")]
    [InlineData("""{"response_type":"resolution","root_cause":"x","resolution_plan":"y","confidence":"sure"}""", "$.confidence", "'sure'")]
    [InlineData("""{"response_type":"resolution","root_cause":"x","resolution_plan":[],"confidence":"Low"}""", "$.resolution_plan", "empty")]
    [InlineData("""{"response_type":"diagnostic","commands":[{"id":"a","command":"ss -t""", "$.commands[0].command", "cut off")]
    [InlineData("""{"response_type":"diagnostic","commands":[{"id":"a","command":"ss"},{"id":"b",""", "$.commands[1]", "cut off")]
    [InlineData("""{"response_type" "diagnostic"}""", "$.response_type", "colon")]
    [InlineData("""{"response_type":"diagnostic","commands" ["ss"]}""", "$.commands", "colon")]
    [InlineData("""{"response_type":"diagnostic" ]}""", "$", "expected a field's name")]
    [InlineData("""{"commands":["echo "1" done"]}""", "$.commands", "a quote inside a string needs a backslash")]
    [InlineData("""{"commands":[{"id":"a","command":"grep "x" f"}]}""", "$.commands[0]", "a quote inside a string needs a backslash")]
    [InlineData("""{"response_type":"diagnostic","commands":[{"id":"a","command":ss -t}]}""", "$.commands[0].command", "found 'ss -t}]}'")]
    public void What_cannot_be_used_is_a_fault_with_its_path(string reply, string path, string message)
    {
        var fault = Assert.IsType<InvalidAnswer>(ModelReplyReader.Read(reply)).Faults[0];

        Assert.Equal(path, fault.Path);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_of_a_resolution_is_listed_at_once() =>
        Assert.Equal(
            ["$.root_cause", "$.resolution_plan", "$.confidence"],
            Assert.IsType<InvalidAnswer>(ModelReplyReader.Read("""{"response_type":"resolution"}""")).Faults.Select(fault => fault.Path));

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    [InlineData("{\"commands\":[")]
    [InlineData("{\"a\":\"")]
    [InlineData("\"{")]
    [InlineData("</think>")]
    [InlineData("/*")]
    public void Depth_and_repetition_are_bounded(string piece)
    {
        var reply = string.Concat(Enumerable.Repeat(piece, ModelReplyReader.MaxReplyLength / piece.Length));

        Assert.IsType<InvalidAnswer>(ModelReplyReader.Read(reply));
    }

    [Fact]
    public void A_reply_beyond_every_measure_is_refused() =>
        Assert.Contains("at most", Assert.IsType<InvalidAnswer>(ModelReplyReader.Read(new string(' ', 600_000) + Plan)).Faults[0].Message, StringComparison.Ordinal);

    [Fact]
    public void Half_a_surrogate_pair_does_not_reach_the_plan() =>
        Assert.Equal("echo \uFFFD", Diagnostic("""{"commands":["echo \ud800"]}""").Plan.Commands[0].Command);

    [Fact]
    public void The_protocol_error_lists_each_fault_by_its_path()
    {
        var invalid = Assert.IsType<InvalidAnswer>(ModelReplyReader.Read("""{"response_type":"resolution","root_cause":"x","resolution_plan":"y"}"""));

        var message = ProtocolErrorMessage.Write(invalid.Faults, triesLeft: 2);

        Assert.StartsWith("""{"protocol_error":{"message":""", message, StringComparison.Ordinal);
        Assert.Contains("""{"path":"$.confidence","message":"missing: expected High, Medium or Low"}""", message, StringComparison.Ordinal);
        Assert.EndsWith(""" "tries_left":2}}""".Trim(), message, StringComparison.Ordinal);
    }

    private static (DiagnosticPlan Plan, IReadOnlyList<string> Remarks) Diagnostic(string reply)
    {
        var answer = Assert.IsType<DiagnosticAnswer>(ModelReplyReader.Read(reply));
        return (answer.Plan, answer.Remarks);
    }
}
