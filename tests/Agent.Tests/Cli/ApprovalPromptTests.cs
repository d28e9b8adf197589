using Sonde.Cli;
using Sonde.Protocol;

namespace Sonde.Tests.Cli;

public sealed class ApprovalPromptTests
{
    private static readonly DiagnosticPlan Plan = new()
    {
        Reasoning = "look\u001b[2J",
        Commands = [new CommandRequest { Id = "a", Command = "cat '\u202egnp.exe'\u0007", Description = "why" }],
        EbpfPrograms =
        [
            new ProgramRequest { Name = "switches", Type = ProbeType.Tracepoint, Target = "sched/sched_switch", Duration = 20, Filters = new ProgramFilters { Pid = 12, ErrorsOnly = true } },
            new ProgramRequest { Name = "bad", Type = ProbeType.Kprobe, Target = "x", Fault = new ProgramError { Code = ErrorCodes.InvalidRequest, Message = "no such filter" } },
        ],
    };

    [Theory]
    [InlineData("y\n", false, "")]
    [InlineData("YES\n", false, "")]
    [InlineData("n\n", false, "1 2 3")]
    [InlineData("2\n", false, "2")]
    [InlineData(" 1, 3 \n", false, "1 3")]
    [InlineData("q\n", true, "")]
    [InlineData("", true, "")]
    [InlineData("\nsure\n4\n0\n-1\ny\n", false, "")]
    public async Task Each_answer_means_one_thing_and_silence_never_approves(string typed, bool ends, string refused)
    {
        using var prompt = new ApprovalPrompt(new StringReader(typed), new StringWriter());

        var decision = await prompt.DecideAsync(1, Plan, TestContext.Current.CancellationToken);

        Assert.Equal((ends, refused), (decision.EndsDiagnosis, string.Join(' ', decision.Refused.Order())));
    }

    [Fact]
    public void The_plan_shows_every_item_with_its_cost_and_nothing_that_a_terminal_would_obey()
    {
        var text = PlanText.Write(1, Plan);

        Assert.Contains("  1. command a: cat '\\u202egnp.exe'\\u0007", text, StringComparison.Ordinal);
        Assert.Contains("runs in: sandbox; may cost: up to 30 s", text, StringComparison.Ordinal);
        Assert.Contains("runs in: nothing: unconfined", PlanText.Write(1, Plan, unconfined: true), StringComparison.Ordinal);
        Assert.Contains("  2. tracepoint sched/sched_switch as switches, only pid=12, errors_only=yes", text, StringComparison.Ordinal);
        Assert.Contains("20 s attached, on a target that busy hosts hit very often", text, StringComparison.Ordinal);
        Assert.Contains("will not be attached: no such filter", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
    }
}
