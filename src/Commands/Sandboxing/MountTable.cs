using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>The mounts of this namespace, for kernels that can't change them all at once (before Linux 5.12).</summary>
internal static class MountTable
{
    private const int NotThere = 2; // ENOENT: another mount covers it

    /// <summary>Remounts every mount with these flags on top of its own. 0, or the errno of the first that stays as it was.</summary>
    public static int RemountAll(ulong flags)
    {
        // Lines come in the order of mounting: of several mounts on one path the last is the one in view.
        var mounts = new Dictionary<string, ulong>();
        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            // "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue"
            var fields = line.Split(' ');
            mounts[Unescape(fields[4])] = FlagsOf(fields[5]);
        }

        foreach (var (path, own) in mounts)
        {
            var errno = Mounts.Mount("none", path, null, Mounts.Remount | Mounts.Bind | flags | own, null);
            if (errno is not (0 or NotThere))
            {
                return errno;
            }
        }

        return 0;
    }

    /// <summary>The flags that a remount must repeat to keep.</summary>
    internal static ulong FlagsOf(string options)
    {
        var flags = 0UL;
        foreach (var option in options.Split(','))
        {
            flags |= option switch
            {
                "noexec" => Mounts.NoExec,
                "nosuid" => Mounts.NoSetUid,
                "nodev" => Mounts.NoDevices,
                "noatime" => Mounts.NoAccessTime,
                "nodiratime" => Mounts.NoDirectoryAccessTime,
                "relatime" => Mounts.RelativeAccessTime,
                _ => 0,
            };
        }

        return flags;
    }

    /// <summary>Blanks, tabs, line feeds and backslashes stand as three octal digits.</summary>
    internal static string Unescape(string path) =>
        path.Replace(@"\040", " ", StringComparison.Ordinal).Replace(@"\011", "\t", StringComparison.Ordinal)
            .Replace(@"\012", "\n", StringComparison.Ordinal).Replace(@"\134", @"\", StringComparison.Ordinal);
}
