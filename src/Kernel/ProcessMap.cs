using System.Globalization;
using Sonde.Interop;

namespace Sonde.Kernel;

/// <summary>A range of a process's memory that can be executed.</summary>
/// <param name="Start">First address.</param>
/// <param name="End">The address after the last.</param>
/// <param name="Offset">Where in the file it begins.</param>
/// <param name="File">Which file; its inode is 0 for memory without one.</param>
/// <param name="Path">As the process sees it; <c>[vdso]</c> and the like, or nothing, for memory without a file.</param>
internal readonly record struct ExecutableRange(ulong Start, ulong End, ulong Offset, FileKey File, string Path);

/// <summary>What a process has mapped to execute, from /proc/PID/maps.</summary>
internal static class ProcessMap
{
    private const int MostRanges = 4096;
    private const string Deleted = " (deleted)";

    /// <summary>The ranges in the order of their addresses; none once the process is gone or where it can't be looked at.</summary>
    public static IReadOnlyList<ExecutableRange> Read(int process)
    {
        try
        {
            return Parse(File.ReadLines($"/proc/{process}/maps"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Reads the lines of a maps file.</summary>
    public static IReadOnlyList<ExecutableRange> Parse(IEnumerable<string> lines)
    {
        var ranges = new List<ExecutableRange>();
        foreach (var line in lines)
        {
            if (ranges.Count < MostRanges && TryParse(line, out var range))
            {
                ranges.Add(range);
            }
        }

        return ranges;
    }

    // start-end perms offset major:minor inode path
    private static bool TryParse(string line, out ExecutableRange range)
    {
        range = default;
        var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 5 || fields[1].Length < 3 || fields[1][2] != 'x')
        {
            return false;
        }

        var addresses = fields[0].Split('-');
        var device = fields[3].Split(':');
        if (addresses.Length != 2 || device.Length != 2
            || !Hex(addresses[0], out var start) || !Hex(addresses[1], out var end) || !Hex(fields[2], out var offset)
            || !Hex(device[0], out var major) || !Hex(device[1], out var minor)
            || !ulong.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out var inode))
        {
            return false;
        }

        var path = fields.Length > 5 ? fields[5] : "";
        path = path.EndsWith(Deleted, StringComparison.Ordinal) ? path[..^Deleted.Length] : path;
        range = new ExecutableRange(start, end, offset, new FileKey((uint)major, (uint)minor, inode), path);
        return true;
    }

    private static bool Hex(string text, out ulong value) => ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
