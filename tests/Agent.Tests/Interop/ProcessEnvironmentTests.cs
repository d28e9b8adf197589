using Sonde.Interop;

namespace Sonde.Tests.Interop;

public sealed class ProcessEnvironmentTests
{
    [Fact]
    public void Name_services_can_be_kept_to_the_built_in_ones_and_still_resolve_localhost()
    {
        ProcessEnvironment.UseBuiltInNameServices();

        Assert.Contains(System.Net.Dns.GetHostAddresses("localhost"), System.Net.IPAddress.IsLoopback);
    }

    [Fact]
    public void A_variable_set_for_C_code_is_accepted() => Assert.Equal(0, ProcessEnvironment.SetVariable("SONDE_TEST_VARIABLE", "value"));
}
