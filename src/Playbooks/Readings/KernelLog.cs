using System.Globalization;
using System.Text.RegularExpressions;
using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>One message of the kernel, dated by the uptime that was printed with it.</summary>
internal sealed partial record KernelMessage(TimeSpan Age, string Text)
{
    /// <summary>Older messages belong to other stories.</summary>
    public static TimeSpan Recent { get; } = TimeSpan.FromMinutes(30);

    /// <summary>The <c>kernel_log</c> step: a line of <c>/proc/uptime</c>, then messages; those without a date are left out.</summary>
    public static IReadOnlyList<KernelMessage> Read(CommandResult? command)
    {
        var lines = (command?.Stdout ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length > 0 && double.TryParse(lines[0].Split(' ')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var uptime)
            ? [.. lines.Skip(1).Select(l => Line().Match(l)).Where(m => m.Success).Select(m => new KernelMessage(
                TimeSpan.FromSeconds(Math.Max(0, uptime - double.Parse(m.Groups["at"].Value, CultureInfo.InvariantCulture))), m.Groups["text"].Value))]
            : [];
    }

    /// <summary><c>42 s ago</c>, <c>12 min ago</c>.</summary>
    public string Ago => Age.TotalSeconds < 90 ? $"{Age.TotalSeconds:0} s ago" : $"{Age.TotalMinutes:0} min ago";

    [GeneratedRegex(@"^(?:<\d+>)?\[\s*(?<at>\d{1,12}\.\d+)\]\s*(?<text>.+)$")]
    private static partial Regex Line();
}
