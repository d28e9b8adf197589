using System.Globalization;

namespace Sonde.Commands.Sandboxing;

/// <summary>Which sockets a confined program may make.</summary>
internal enum SocketAccess
{
    /// <summary>Routing and socket-table netlink alone: what <c>ip</c> and <c>ss</c> read.</summary>
    Netlink,

    /// <summary>Internet sockets to ask about interfaces as well; nothing can be connected, bound or sent.</summary>
    InterfaceQueries,

    /// <summary>Local sockets, in a network namespace of its own: no abstract name is reachable, and of paths only what may be connected to.</summary>
    Local,

    /// <summary>Internet sockets. For built-ins whose arguments the agent chose.</summary>
    Internet,

    /// <summary>Netfilter's netlink and raw sockets, to read rules with. For built-ins whose arguments the agent chose.</summary>
    Netfilter,
}

/// <summary>What a confined program may do beyond reading: almost nothing. Made by the agent, never from a model's words.</summary>
internal sealed record SandboxProfile
{
    /// <summary>The name of the profile of shell commands, for <c>check</c> and the audit log.</summary>
    public const string DefaultName = "sandbox";

    /// <summary>Reads files whatever their permissions: CAP_DAC_READ_SEARCH.</summary>
    public const ulong ReadsFiles = 1UL << 2;

    /// <summary>Sends packets of its own making: CAP_NET_RAW.</summary>
    public const ulong RawPackets = 1UL << 13;

    /// <summary>Reads firewall rules, which the kernel gives only to those who may change them: CAP_NET_ADMIN.</summary>
    public const ulong NetworkAdministration = 1UL << 12;

    private const ulong ReadsProcesses = 1UL << 19; // CAP_SYS_PTRACE
    private const ulong ReadsKernelLog = 1UL << 34; // CAP_SYSLOG

    /// <summary>Of shell commands.</summary>
    public static readonly SandboxProfile Default = new();

    /// <summary>What people and the audit log call it.</summary>
    public string Name { get; init; } = DefaultName;

    /// <summary>Sockets it may make.</summary>
    public SocketAccess Sockets { get; init; }

    /// <summary>Capabilities it keeps, where the agent has them.</summary>
    public ulong Capabilities { get; init; } = ReadsFiles | ReadsProcesses | ReadsKernelLog;

    /// <summary>A group whose sockets it may connect to.</summary>
    public uint? Group { get; init; }

    /// <summary>
    /// A user of the host's to be in place of one of its own: the system bus talks to nobody that the host doesn't know. What such a program leaves behind is
    /// found by its process group alone. For built-ins whose arguments the agent chose.
    /// </summary>
    public uint? User { get; init; }

    /// <summary>As one argument of the re-exec.</summary>
    public string Encode() => string.Create(CultureInfo.InvariantCulture, $"{(int)Sockets}:{Capabilities:x}:{Group}:{User}");

    /// <summary>The reverse of <see cref="Encode"/>.</summary>
    public static SandboxProfile Decode(string text)
    {
        var parts = text.Split(':');
        return new SandboxProfile
        {
            Sockets = (SocketAccess)int.Parse(parts[0], CultureInfo.InvariantCulture),
            Capabilities = ulong.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            Group = IdOf(parts[2]),
            User = IdOf(parts[3]),
        };
    }

    private static uint? IdOf(string text) => text.Length == 0 ? null : uint.Parse(text, CultureInfo.InvariantCulture);
}
