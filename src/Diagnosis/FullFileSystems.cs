using System.Text;
using Sonde.Interop;
using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>Finds file systems that run out of space or inodes.</summary>
internal sealed class FullFileSystems(HostFiles files)
{
    private const double FullPercent = 80;
    private const int Most = 20;

    // Kernel interfaces have no space to run out of; images mounted read-only are full by nature.
    private static readonly HashSet<string> NeverFull =
    [
        "proc", "sysfs", "cgroup", "cgroup2", "devpts", "securityfs", "debugfs", "tracefs", "pstore", "bpf", "configfs", "fusectl", "mqueue", "hugetlbfs",
        "efivarfs", "nsfs", "binfmt_misc", "rpc_pipefs", "selinuxfs", "squashfs", "erofs", "iso9660", "udf", "cramfs", "ramfs", "autofs",
    ];

    /// <summary>Fullest first; a server that doesn't answer would block, so file systems of the network are not asked.</summary>
    public IReadOnlyList<FileSystemFacts> Find()
    {
        var found = new Dictionary<string, FileSystemFacts>();
        foreach (var mount in files.Lines("/proc/self/mountinfo").Select(Parse).OfType<Mount>())
        {
            if (!found.ContainsKey(mount.Device) && IsAsked(mount.Type) && FileSystemStatus.Of(mount.Path) is { Blocks: > 0 } status && Measure(mount, status) is { } facts)
            {
                found.Add(mount.Device, facts);
            }
        }

        return [.. found.Values.OrderByDescending(static f => Math.Max(f.UsedPercent, f.InodesUsedPercent ?? 0)).Take(Most)];
    }

    private static FileSystemFacts? Measure(Mount mount, FileSystemStatus status)
    {
        // As df counts: of what users may use, root's reserve left out.
        var used = status.Blocks - status.BlocksFree;
        var facts = new FileSystemFacts
        {
            Mount = mount.Path,
            Type = mount.Type,
            UsedPercent = Percent(used, used + status.BlocksAvailable),
            InodesUsedPercent = status.Inodes > 0 ? Percent(status.Inodes - Math.Min(status.Inodes, status.InodesAvailable), status.Inodes) : null,
        };
        return facts.UsedPercent > FullPercent || facts.InodesUsedPercent > FullPercent ? facts : null;
    }

    private static double Percent(ulong part, ulong whole) => whole == 0 ? 0 : Math.Round(100.0 * part / whole, 1);

    private static bool IsAsked(string type) =>
        !NeverFull.Contains(type) && !type.StartsWith("nfs", StringComparison.Ordinal) && !type.StartsWith("fuse", StringComparison.Ordinal)
        && type is not ("cifs" or "smb3" or "smbfs" or "9p" or "ceph" or "afs" or "glusterfs" or "lustre" or "gfs2" or "ocfs2" or "beegfs");

    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw: proc(5).
    private static Mount? Parse(string line)
    {
        var fields = line.Split(' ');
        var separator = Array.IndexOf(fields, "-");
        return separator >= 6 && separator + 1 < fields.Length ? new Mount(fields[2], Unescape(fields[4]), fields[separator + 1]) : null;
    }

    // Space, tab, line break and backslash come as \040, \011, \012 and \134.
    private static string Unescape(string path)
    {
        if (!path.Contains('\\', StringComparison.Ordinal))
        {
            return path;
        }

        var text = new StringBuilder(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == '\\' && i + 3 < path.Length && path.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                text.Append((char)(((path[i + 1] - '0') << 6) | ((path[i + 2] - '0') << 3) | (path[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(path[i]);
            }
        }

        return text.ToString();
    }

    private sealed record Mount(string Device, string Path, string Type);
}
