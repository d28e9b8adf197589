using System.Runtime.InteropServices;
using System.Text;

namespace Sonde.Interop;

/// <summary>What the C libraries linked in read of their surroundings. To be set before the first thread or TLS handshake.</summary>
internal static unsafe partial class ProcessEnvironment
{
    /// <summary>
    /// Keeps glibc to its built-in name services. It would load the host's modules that <c>nsswitch.conf</c> names, built for another glibc, and crash.
    /// </summary>
    /// <returns>Whether this C library has name services to configure; musl has none.</returns>
    public static bool UseBuiltInNameServices()
    {
        try
        {
            return Configure("hosts"u8, "files dns"u8) & Configure("passwd"u8, "files"u8) & Configure("group"u8, "files"u8);
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Sets a variable where C code sees it; <see cref="Environment.SetEnvironmentVariable(string, string)"/> keeps to a copy of its own.</summary>
    /// <returns>0, or -1 with errno set.</returns>
    public static int SetVariable(string name, string value)
    {
        fixed (byte* nameBytes = Terminated(name), valueBytes = Terminated(value))
        {
            return setenv(nameBytes, valueBytes, overwrite: 1);
        }
    }

    /// <summary>Takes a variable away where C code, and a program started from here, would see it.</summary>
    public static void RemoveVariable(string name)
    {
        fixed (byte* nameBytes = Terminated(name))
        {
            _ = unsetenv(nameBytes);
        }
    }

    // Literals in u8 form end with a zero byte beyond their length.
    private static bool Configure(ReadOnlySpan<byte> database, ReadOnlySpan<byte> services)
    {
        fixed (byte* databaseBytes = database, serviceBytes = services)
        {
            return __nss_configure_lookup(databaseBytes, serviceBytes) == 0;
        }
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + '\0');

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setenv(byte* name, byte* value, int overwrite);

    [LibraryImport("libc")]
    private static partial int unsetenv(byte* name);

    [LibraryImport("libc")]
    private static partial int __nss_configure_lookup(byte* database, byte* services);
}
