using System.Globalization;
using System.Text.RegularExpressions;
using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>One line of <c>df -P</c>: blocks of 1 KiB, or inodes.</summary>
internal sealed partial record DiskLine(string Device, string? Type, long Total, long Used, long Available, string Mount)
{
    // Full by nature: images that are never written to.
    private static readonly string[] ReadOnlyTypes = ["squashfs", "iso9660", "erofs", "cramfs", "udf", "romfs"];

    /// <summary>Used share in percent of what is not reserved, as df counts it.</summary>
    public double UsedPercent => Used + Available > 0 ? 100.0 * Used / (Used + Available) : 0;

    /// <summary>Lines of writable file systems; empty where the command is missing.</summary>
    public static IReadOnlyList<DiskLine> Read(CommandResult? command) =>
    [
        .. Line().Matches(command?.Stdout ?? "").Select(m => new DiskLine(
                m.Groups["device"].Value,
                m.Groups["type"].Success ? m.Groups["type"].Value : null,
                Number(m, "total"),
                Number(m, "used"),
                Number(m, "available"),
                m.Groups["mount"].Value.Trim()))
            .Where(l => l.Total > 0 && !ReadOnlyTypes.Contains(l.Type) && !l.Mount.StartsWith("/snap/", StringComparison.Ordinal)),
    ];

    /// <summary>The mount that holds a path.</summary>
    public static string? MountOf(IEnumerable<DiskLine> lines, string path) => lines
        .Select(l => l.Mount)
        .Where(m => m == "/" || path == m || path.StartsWith(m + "/", StringComparison.Ordinal))
        .MaxBy(m => m.Length);

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<device>\S+)\s+(?:(?<type>[A-Za-z][\w.]*)\s+)?(?<total>\d{1,18})\s+(?<used>\d{1,18})\s+(?<available>\d{1,18})\s+\d+%\s+(?<mount>/.*)$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
