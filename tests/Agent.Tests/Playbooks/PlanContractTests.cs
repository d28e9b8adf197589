using Sonde.Dialogue;
using Sonde.Playbooks;
using Sonde.Playbooks.Plans;
using Sonde.Protocol;
using static Sonde.Tests.Playbooks.Recorded;

namespace Sonde.Tests.Playbooks;

/// <summary>The playbooks stand behind the model's contract: what they say goes through the reader that every model's reply goes through.</summary>
public sealed class PlanContractTests
{
    [Theory]
    [MemberData(nameof(BuiltinModelTests.IssueOfEachKind), MemberType = typeof(BuiltinModelTests))]
    public async Task The_reader_takes_every_first_plan_without_a_remark(string issue)
    {
        var reply = await new BuiltinModel().AskAsync([Opening(issue)], TestContext.Current.CancellationToken);

        AssertClean(reply.Content);
    }

    [Fact]
    public void The_reader_takes_every_program_and_command_of_the_catalogues()
    {
        var everything = PlanWriter.First(Case("it fails"));

        Assert.Equal(ProbeCatalogue.Steps.Count, ProbeCatalogue.Steps.Select(s => s.Name).Distinct().Count());
        Assert.Equal(CommandCatalogue.Steps.Count, CommandCatalogue.Steps.Select(s => s.Id).Distinct().Count());
        AssertClean(ProtocolJson.Write(everything));
    }

    [Fact]
    public async Task The_reader_takes_a_proof_a_longer_look_and_a_resolution_without_a_remark()
    {
        var opening = Opening("orders does not start, something with its configuration");
        var opens = Program("open_errors", "syscalls/sys_enter_openat",
            [.. Enumerable.Range(0, 8).Select(i => Open(2 + i, 4711, "orders", "/etc/orders/a \"b\".yaml", "ENOENT"))]);
        var suspected = Sent(Round(1, [], opens));
        var unsuspected = Sent(Round(1, [], Program("open_errors", "syscalls/sys_enter_openat", [])));
        var asked = new ChatMessage(ChatRole.Assistant, "{}");

        AssertClean(await AskAsync(opening, asked, suspected));
        AssertClean(await AskAsync(opening, asked, unsuspected));

        var answer = Assert.IsType<ResolutionAnswer>(ModelReplyReader.Read(
            await AskAsync(opening, asked, suspected, asked, new ChatMessage(ChatRole.User, ResolutionRequest.Write("The wall time is used up.")))));
        Assert.Empty(answer.Remarks);
    }

    private static void AssertClean(string reply)
    {
        var answer = Assert.IsType<DiagnosticAnswer>(ModelReplyReader.Read(reply));
        Assert.Empty(answer.Remarks);
        Assert.All(answer.Plan.EbpfPrograms, p => Assert.Empty(p.Notes));
        Assert.All(answer.Plan.EbpfPrograms, p => Assert.Null(p.Fault));
        Assert.Equal(reply, ProtocolJson.Write(answer.Plan));
    }

    private static async Task<string> AskAsync(params ChatMessage[] history) =>
        (await new BuiltinModel().AskAsync(history, TestContext.Current.CancellationToken)).Content;
}
