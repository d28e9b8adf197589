using Sonde.Dialogue;
using Sonde.Interop;

namespace Sonde.Cli;

/// <summary>What the C libraries linked in need of this host; to be called first, before names are resolved or TLS is spoken.</summary>
internal static class ProcessStart
{
    public static void Prepare()
    {
        ProcessEnvironment.UseBuiltInNameServices();

        // Checking a certificate, .NET asks for a home folder, and fails where neither HOME nor a line of /etc/passwd names one. "/" is then what it is.
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("HOME")))
        {
            Environment.SetEnvironmentVariable("HOME", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify));
        }

        // Unset, OpenSSL keeps to its default place: a handshake then says which certificate it doesn't trust.
        if (TrustedCertificates.Missing("/", Environment.GetEnvironmentVariable) is { } variable)
        {
            _ = ProcessEnvironment.SetVariable(variable.Name, variable.Value);
        }
    }
}
