using System.Globalization;

namespace Sonde.Kernel;

/// <summary>The pid namespace the agent runs in: process ids are only comparable with the kernel's own in the initial one.</summary>
/// <param name="Inode">Inode number of the namespace, 0 where /proc doesn't tell it.</param>
internal sealed record PidNamespace(uint Inode)
{
    /// <summary>PROC_PID_INIT_INO of include/linux/proc_ns.h.</summary>
    private const uint InitialInode = 0xEFFFFFFC;

    private static readonly Lazy<PidNamespace> Own = new(() => FromLink(ReadLink("/proc/self/ns/pid")));

    /// <summary>The namespace of this process; it can't change while the process lives.</summary>
    public static PidNamespace Current => Own.Value;

    /// <summary>True when process ids here are the ones the kernel reports in tracepoints and <c>task_struct.tgid</c>.</summary>
    public bool IsInitial => Inode == InitialInode;

    /// <summary>Reads the text of a namespace link, e.g. <c>pid:[4026531836]</c>; inode 0 for anything else.</summary>
    public static PidNamespace FromLink(string? link)
    {
        const string prefix = "pid:[";
        return link is not null
            && link.StartsWith(prefix, StringComparison.Ordinal)
            && link.EndsWith(']')
            && uint.TryParse(link.AsSpan(prefix.Length, link.Length - prefix.Length - 1), NumberStyles.None, null, out uint inode)
                ? new PidNamespace(inode)
                : new PidNamespace(0u);
    }

    private static string? ReadLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
