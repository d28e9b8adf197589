using System.Globalization;
using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>A command's output as lines of words.</summary>
internal static class OutputLines
{
    /// <summary>Lines that begin with this word, split at blanks; the last of at most <paramref name="most"/> fields keeps its blanks.</summary>
    public static IEnumerable<string[]> Tagged(CommandResult? command, string tag, int most = int.MaxValue) =>
        All(command).Where(l => l.StartsWith(tag + " ", StringComparison.Ordinal)).Select(l => l.Split(' ', most, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>All lines that are not empty.</summary>
    public static IEnumerable<string> All(CommandResult? command) => (command?.Stdout ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A whole number, or 0 where there is none.</summary>
    public static long Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
