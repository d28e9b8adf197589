using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class PreemptionTests
{
    [Theory]
    [InlineData("none voluntary (full) lazy", "#1 SMP PREEMPT_DYNAMIC Debian", true)]
    [InlineData("full (lazy)", "#1 SMP PREEMPT_DYNAMIC Debian", true)]
    [InlineData("none (voluntary) full", "#1 SMP PREEMPT_DYNAMIC Debian", false)]
    [InlineData(null, "#1 SMP PREEMPT_DYNAMIC Debian", false)]
    [InlineData(null, "#1 SMP PREEMPT_RT Debian", true)]
    [InlineData(null, "#1 SMP PREEMPT Debian", true)]
    [InlineData(null, "#1 SMP Debian 5.10.237-1", false)]
    public void Programs_are_stopped_where_the_kernel_preempts_its_own_code(string? mode, string version, bool stops) =>
        Assert.Equal(stops, Preemption.Stops(mode, version));
}
