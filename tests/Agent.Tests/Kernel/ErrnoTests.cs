using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class ErrnoTests
{
    [Theory]
    [InlineData(1, "EPERM")]
    [InlineData(11, "EAGAIN")]
    [InlineData(35, "EDEADLK")]
    [InlineData(95, "EOPNOTSUPP")]
    [InlineData(111, "ECONNREFUSED")]
    [InlineData(133, "EHWPOISON")]
    [InlineData(512, "ERESTARTSYS")]
    [InlineData(516, "ERESTART_RESTARTBLOCK")]
    [InlineData(524, "ENOTSUPP")]
    public void An_errno_has_its_C_name(int errno, string name) => Assert.Equal(name, Errno.Name(errno));

    [Fact]
    public void Every_errno_of_user_space_is_named_except_the_two_values_never_given_away()
    {
        int[] unnamed = [.. Enumerable.Range(1, 133).Where(errno => Errno.Name(errno) == errno.ToString())];
        Assert.Equal([41, 58], unnamed);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(134, "134")]
    [InlineData(4095, "4095")]
    public void An_unknown_errno_is_its_number(int errno, string name) => Assert.Equal(name, Errno.Name(errno));
}
