using Sonde.Playbooks;

namespace Sonde.Tests.Playbooks;

public sealed class IssueClassifierTests
{
    [Theory]
    [InlineData("my app cannot connect to its database on 127.0.0.1:5999", IssueKind.Network)]
    [InlineData("curl to the API times out since this morning", IssueKind.Network)]
    [InlineData("host names no longer resolve, DNS seems broken", IssueKind.Network)]
    [InlineData("checkout requests fail with 502 from the proxy", IssueKind.Network)]
    [InlineData("the worker keeps crashing with a segfault", IssueKind.Process)]
    [InlineData("our importer hangs and is stuck for hours", IssueKind.Process)]
    [InlineData("billing.service restarts every few seconds", IssueKind.Process)]
    [InlineData("uploads fail with permission denied", IssueKind.Files)]
    [InlineData("no space left on device when saving reports", IssueKind.Files)]
    [InlineData("the daemon says it can't read /etc/orders/orders.yaml", IssueKind.Files)]
    [InlineData("everything is slow and the load average is 30", IssueKind.Performance)]
    [InlineData("CPU is at 100% all day", IssueKind.Performance)]
    [InlineData("java was killed, dmesg says out of memory", IssueKind.Memory)]
    [InlineData("RAM usage grows until the machine swaps", IssueKind.Memory)]
    [InlineData("there is a memory leak in the cache", IssueKind.Memory)]
    public void The_words_of_an_issue_tell_its_kind(string issue, IssueKind kind) =>
        Assert.True(Classify(issue).HasFlag(kind), $"{issue}: {Classify(issue)}");

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
