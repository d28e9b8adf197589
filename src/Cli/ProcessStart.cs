using Sonde.Dialogue;
using Sonde.Interop;

namespace Sonde.Cli;

/// <summary>What the C libraries linked in need of this host; to be called first, before names are resolved or TLS is spoken.</summary>
internal static class ProcessStart
{
    public static void Prepare()
    {
        ProcessEnvironment.UseBuiltInNameServices();

        // Unset, OpenSSL keeps to its default place: a handshake then says which certificate it doesn't trust.
        if (TrustedCertificates.Missing("/", Environment.GetEnvironmentVariable) is { } variable)
        {
            _ = ProcessEnvironment.SetVariable(variable.Name, variable.Value);
        }
    }
}
