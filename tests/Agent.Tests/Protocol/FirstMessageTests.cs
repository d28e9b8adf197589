using Sonde.Protocol;

namespace Sonde.Tests.Protocol;

public sealed class FirstMessageTests
{
    private static readonly FirstMessage Full = new()
    {
        Host = new HostFacts
        {
            Os = "Debian GNU/Linux 12 (bookworm)",
            Kernel = "6.1.0-18-amd64",
            Cpus = 2,
            Load = [0.5, 0.25, 0.125],
            Memory = new MemoryFacts { TotalMib = 4096, AvailableMib = 1024 },
            Pressure = new PressureFacts { Io = new PressureFigures { SomeAvg10 = 12.5 } },
            FullFileSystems = [new FileSystemFacts { Mount = "/var", Type = "ext4", UsedPercent = 97.5, InodesUsedPercent = 12 }],
            Addresses = [new AddressFacts("eth0", "10.0.0.7/24")],
            ProbeTypes = [new ProbeTypeFacts { Type = ProbeType.Kprobe, Available = false, Reason = "this kernel is built without kprobes" }],
        },
        Issue = "my app can't reach \"db\" <5999>\nsince noon",
    };

    [Fact]
    public void What_was_written_is_read_back()
    {
        Assert.True(FirstMessage.TryRead(Full.Write(), out var read));
        Assert.Equal(Full.Write(), read.Write());
        Assert.Equal(Full.Issue, read.Issue);
        Assert.Equal("this kernel is built without kprobes", read.Host.ProbeTypes![0].Reason);
    }

    [Fact]
    public void The_host_comes_before_the_issue_and_unknown_facts_are_left_out()
    {
        var message = new FirstMessage { Host = new HostFacts { Kernel = "6.1.0" }, Issue = "slow" };

        Assert.Equal("""{"host":{"kernel":"6.1.0"},"issue":"slow"}""", message.Write());
    }

    [Theory]
    [InlineData("")]
    [InlineData("slow disk")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"issue":"slow"}""")]
    [InlineData("""{"host":{},"issue":null}""")]
    [InlineData("""{"round":1}""")]
    public void Anything_else_is_no_first_message(string content) => Assert.False(FirstMessage.TryRead(content, out _));
}
