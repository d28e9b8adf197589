using Sonde.Playbooks;

namespace Sonde.Tests.Playbooks;

public sealed class IssueClassifierTests
{
    [Theory]
    [InlineData("my app cannot connect to its database on 127.0.0.1:5999", nameof(IssueKind.Network))]
    [InlineData("curl to the API times out since this morning", nameof(IssueKind.Network))]
    [InlineData("host names no longer resolve, DNS seems broken", nameof(IssueKind.Network))]
    [InlineData("checkout requests fail with 502 from the proxy", nameof(IssueKind.Network))]
    [InlineData("the worker keeps crashing with a segfault", nameof(IssueKind.Process))]
    [InlineData("our importer hangs and is stuck for hours", nameof(IssueKind.Process))]
    [InlineData("billing.service restarts every few seconds", nameof(IssueKind.Process))]
    [InlineData("uploads fail with permission denied", nameof(IssueKind.Files))]
    [InlineData("no space left on device when saving reports", nameof(IssueKind.Files))]
    [InlineData("the daemon says it can't read /etc/orders/orders.yaml", nameof(IssueKind.Files))]
    [InlineData("everything is slow and the load average is 30", nameof(IssueKind.Performance))]
    [InlineData("CPU is at 100% all day", nameof(IssueKind.Performance))]
    [InlineData("java was killed, dmesg says out of memory", nameof(IssueKind.Memory))]
    [InlineData("RAM usage grows until the machine swaps", nameof(IssueKind.Memory))]
    [InlineData("there is a memory leak in the cache", nameof(IssueKind.Memory))]
    public void The_words_of_an_issue_tell_its_kind(string issue, string kind) =>
        Assert.True(Classify(issue).HasFlag(Enum.Parse<IssueKind>(kind)), $"{issue}: {Classify(issue)}");

    [Fact]
    public void An_issue_may_be_of_several_kinds() =>
        Assert.Equal(IssueKind.Process | IssueKind.Files, Classify("the service won't start, it complains about a missing config file") & (IssueKind.Process | IssueKind.Files));

    [Theory]
    [InlineData("")]
    [InlineData("it does not work")]
    [InlineData("quelque chose ne va pas")]
    [InlineData("something is wrong with my service")]
    public void Words_that_say_nothing_give_no_kind(string issue) => Assert.Equal(IssueKind.Unknown, Classify(issue));

    private static IssueKind Classify(string issue) => IssueClassifier.Classify(issue, IssueFacts.Read(issue));
}
