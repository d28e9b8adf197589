using System.Globalization;
using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>The processes of one user, from /proc.</summary>
internal static class UserProcesses
{
    /// <summary>Bytes in memory, pages that processes share counted for each.</summary>
    public static long ResidentBytes(uint user)
    {
        var pages = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            // A confined program can't make its folder another's: PR_SET_DUMPABLE is refused.
            if (char.IsAsciiDigit(folder[^1]) && FileIdentity.Of(folder) is { } identity && identity.Owner == user)
            {
                pages += ResidentPages(folder);
            }
        }

        return pages * Environment.SystemPageSize;
    }

    private static long ResidentPages(string folder)
    {
        try
        {
            // "size resident shared text lib data dt"
            return long.Parse(File.ReadAllText(folder + "/statm").Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // It has ended.
        }
    }
}
