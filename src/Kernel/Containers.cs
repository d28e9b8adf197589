using System.Buffers;
using System.Collections.Concurrent;
using Sonde.Interop;

namespace Sonde.Kernel;

/// <summary>Containers by the cgroup that their processes run in.</summary>
internal static class Containers
{
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("0123456789abcdef");

    private const int IdLength = 64;

    // As much as people and tools show of one.
    private const int ShownLength = 12;
    private static readonly TimeSpan ScanPause = TimeSpan.FromSeconds(1);

    private static readonly ConcurrentDictionary<ulong, string?> Known = new();
    private static long _lastScan;

    /// <summary>The beginning of the container's id; null for what runs in none, and where the cgroup is gone or can't be seen.</summary>
    /// <param name="cgroup">As BPF gives it: the inode number of the cgroup's folder.</param>
    public static string? IdOf(ulong cgroup)
    {
        if (Known.TryGetValue(cgroup, out var id))
        {
            return id;
        }

        // An id that no folder has would make every event look through all of them.
        var last = Interlocked.Read(ref _lastScan);
        if (last != 0 && TimeProvider.System.GetElapsedTime(last) < ScanPause)
        {
            return null;
        }

        Scan();
        Interlocked.Exchange(ref _lastScan, TimeProvider.System.GetTimestamp());
        return Known.GetValueOrDefault(cgroup);
    }

    /// <summary>The container's id within a cgroup's path, as every runtime writes it: 64 hexadecimal digits, the innermost.</summary>
    internal static string? IdIn(string path)
    {
        for (var end = path.Length; end >= IdLength; end--)
        {
            var start = end - IdLength;
            var bounded = (start == 0 || !char.IsAsciiHexDigit(path[start - 1])) && (end == path.Length || !char.IsAsciiHexDigit(path[end]));
            if (bounded && !path.AsSpan(start, IdLength).ContainsAnyExcept(IdCharacters))
            {
                return path.Substring(start, ShownLength);
            }
        }

        return null;
    }

    private static void Scan()
    {
        if (CgroupLookup.Root is not { } root)
        {
            return;
        }

        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var folder in Directory.EnumerateDirectories(root, "*", options).Prepend(root))
        {
            if (FileIdentity.InodeOf(folder) is { } inode)
            {
                Known[inode] = IdIn(folder);
            }
        }
    }
}
