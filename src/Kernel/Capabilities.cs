using System.Globalization;

namespace Sonde.Kernel;

/// <summary>The effective capabilities of the agent, by name (uapi/linux/capability.h).</summary>
internal sealed class Capabilities
{
    private static readonly string[] Names =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW",
        "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
        "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
        "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    private readonly ulong _effective;

    private Capabilities(ulong effective) => _effective = effective;

    /// <summary>Reads the <c>CapEff</c> line of the text of /proc/self/status; none where there is no such line.</summary>
    public static Capabilities FromStatus(string status)
    {
        const string label = "CapEff:";
        foreach (ReadOnlySpan<char> line in status.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(label, StringComparison.Ordinal)
                && ulong.TryParse(line[label.Length..].Trim(), NumberStyles.AllowHexSpecifier, null, out ulong effective))
            {
                return new Capabilities(effective);
            }
        }

        return new Capabilities(0);
    }

    /// <summary>Whether the capability itself is there; unknown names aren't.</summary>
    public bool Has(string name)
    {
        int bit = Array.IndexOf(Names, name);
        return bit >= 0 && (_effective & (1UL << bit)) != 0;
    }

    /// <summary>
    /// Whether what the capability allows is allowed: CAP_SYS_ADMIN stands for those split from it (CAP_BPF, CAP_PERFMON
    /// and CAP_CHECKPOINT_RESTORE), on kernels before and after the split.
    /// </summary>
    public bool Allows(string name) =>
        Has(name)
        || (name is "CAP_BPF" or "CAP_PERFMON" or "CAP_CHECKPOINT_RESTORE" && Has("CAP_SYS_ADMIN"));
}
