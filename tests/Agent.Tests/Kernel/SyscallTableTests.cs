using Sonde.Kernel.Arch;

namespace Sonde.Tests.Kernel;

public sealed class SyscallTableTests
{
    [Theory]
    [InlineData(0, "read")]
    [InlineData(42, "connect")]
    [InlineData(59, "execve")]
    [InlineData(257, "openat")]
    [InlineData(334, "rseq")]
    [InlineData(424, "pidfd_send_signal")]
    [InlineData(435, "clone3")]
    [InlineData(437, "openat2")]
    [InlineData(451, "cachestat")]
    [InlineData(462, "mseal")]
    [InlineData(467, "open_tree_attr")]
    [InlineData(470, "listns")]
    public void A_number_has_the_name_of_the_64_bit_abi(int number, string name)
    {
        Assert.Equal(name, SyscallTable.Name(number));
        Assert.Equal(number, SyscallTable.Number(name));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(337)]
    [InlineData(423)]
    [InlineData(512)]
    [InlineData(int.MaxValue)]
    public void A_number_of_no_call_has_no_name(int number) => Assert.Null(SyscallTable.Name(number));

    [Theory]
    [InlineData("stat", "newstat")]
    [InlineData("sendfile", "sendfile64")]
    [InlineData("umount2", "umount")]
    [InlineData("connect", "connect")]
    public void A_calls_tracepoint_leads_back_to_the_call(string name, string tracepoint)
    {
        Assert.Equal(tracepoint, SyscallTable.TracepointName(name));
        Assert.Equal(SyscallTable.Number(name), SyscallTable.Number(tracepoint));
    }

    [Fact]
    public void A_name_of_no_call_has_no_number() => Assert.Null(SyscallTable.Number("socketcall"));
}
