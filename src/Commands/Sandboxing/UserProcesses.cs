using System.Globalization;
using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>The processes of one user, from /proc.</summary>
internal static class UserProcesses
{
    /// <summary>Their folders, those that have ended and nobody has waited for yet among them.</summary>
    public static IEnumerable<string> Of(uint user) =>
        // A confined program can't make its folder another's: PR_SET_DUMPABLE is refused.
        Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(folder[^1]) && FileIdentity.Of(folder) is { } identity && identity.Owner == user);

    /// <summary>Bytes in memory, pages that processes share counted for each.</summary>
    public static long ResidentBytes(uint user) => Of(user).Sum(ResidentPages) * Environment.SystemPageSize;

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
