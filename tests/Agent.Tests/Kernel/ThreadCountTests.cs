using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class ThreadCountTests
{
    [Theory]
    [InlineData("0.72 1.70 2.12 2/131 26434\n", 131u)]
    [InlineData("10.00 9.50 9.00 7/10432 99999\n", 10432u)]
    [InlineData("0.00 0.00 0.00\n", null)]
    [InlineData("", null)]
    public void All_threads_are_read_from_the_loads(string loads, uint? threads) => Assert.Equal(threads, ThreadCount.Parse(loads));

    [Fact]
    public void This_host_has_some() => Assert.InRange(ThreadCount.Now() ?? 0, 1u, 4_000_000u);
}
