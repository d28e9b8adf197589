using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class PidNamespaceTests
{
    [Fact]
    public void The_initial_namespace_is_known_by_its_fixed_inode()
    {
        PidNamespace initial = PidNamespace.FromLink("pid:[4026531836]");
        Assert.Equal(4026531836u, initial.Inode);
        Assert.True(initial.IsInitial);
    }

    [Fact]
    public void Another_inode_is_a_container() => Assert.False(PidNamespace.FromLink("pid:[4026532514]").IsInitial);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("net:[4026531840]")]
    [InlineData("pid:[]")]
    [InlineData("pid:[99999999999]")]
    public void A_link_that_cannot_be_read_is_inode_zero_and_not_the_initial_one(string? link)
    {
        PidNamespace unknown = PidNamespace.FromLink(link);
        Assert.Equal(0u, unknown.Inode);
        Assert.False(unknown.IsInitial);
    }

    [Fact]
    public void The_current_namespace_is_the_one_proc_tells() =>
        Assert.Equal($"pid:[{PidNamespace.Current.Inode}]", new FileInfo("/proc/self/ns/pid").LinkTarget);
}
