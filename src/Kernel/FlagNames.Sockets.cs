namespace Sonde.Kernel;

/// <content>Sockets. Sources: include/linux/socket.h, include/linux/net.h, include/net/tcp_states.h.</content>
internal static partial class FlagNames
{
    private const ulong SocketTypeMask = 0xf;

    private static readonly string[] Families =
    [
        "AF_UNSPEC", "AF_UNIX", "AF_INET", "AF_AX25", "AF_IPX", "AF_APPLETALK", "AF_NETROM", "AF_BRIDGE", "AF_ATMPVC", "AF_X25",
        "AF_INET6", "AF_ROSE", "AF_DECnet", "AF_NETBEUI", "AF_SECURITY", "AF_KEY", "AF_NETLINK", "AF_PACKET", "AF_ASH", "AF_ECONET",
        "AF_ATMSVC", "AF_RDS", "AF_SNA", "AF_IRDA", "AF_PPPOX", "AF_WANPIPE", "AF_LLC", "AF_IB", "AF_MPLS", "AF_CAN",
        "AF_TIPC", "AF_BLUETOOTH", "AF_IUCV", "AF_RXRPC", "AF_ISDN", "AF_PHONET", "AF_IEEE802154", "AF_CAIF", "AF_ALG", "AF_NFC",
        "AF_VSOCK", "AF_KCM", "AF_QIPCRTR", "AF_SMC", "AF_XDP", "AF_MCTP",
    ];

    private static readonly string[] TcpStates =
    [
        "TCP_ESTABLISHED", "TCP_SYN_SENT", "TCP_SYN_RECV", "TCP_FIN_WAIT1", "TCP_FIN_WAIT2", "TCP_TIME_WAIT", "TCP_CLOSE",
        "TCP_CLOSE_WAIT", "TCP_LAST_ACK", "TCP_LISTEN", "TCP_CLOSING", "TCP_NEW_SYN_RECV", "TCP_BOUND_INACTIVE",
    ];

    private static readonly Flag[] SocketFlags = [new(0x800, "SOCK_NONBLOCK"), new(0x8_0000, "SOCK_CLOEXEC")];

    private static readonly Flag[] MessageBits =
    [
        new(0x1, "MSG_OOB"), new(0x2, "MSG_PEEK"), new(0x4, "MSG_DONTROUTE"), new(0x8, "MSG_CTRUNC"), new(0x20, "MSG_TRUNC"),
        new(0x40, "MSG_DONTWAIT"), new(0x80, "MSG_EOR"), new(0x100, "MSG_WAITALL"), new(0x200, "MSG_FIN"), new(0x400, "MSG_SYN"),
        new(0x800, "MSG_CONFIRM"), new(0x1000, "MSG_RST"), new(0x2000, "MSG_ERRQUEUE"), new(0x4000, "MSG_NOSIGNAL"),
        new(0x8000, "MSG_MORE"), new(0x1_0000, "MSG_WAITFORONE"), new(0x4_0000, "MSG_BATCH"), new(0x400_0000, "MSG_ZEROCOPY"),
        new(0x2000_0000, "MSG_FASTOPEN"), new(0x4000_0000, "MSG_CMSG_CLOEXEC"),
    ];

    /// <summary>An address family: <c>AF_INET</c>; an unknown one as its number.</summary>
    public static string SocketFamily(int family) =>
        (uint)family < (uint)Families.Length ? Families[family] : family.ToString();

    /// <summary>The type argument of socket with its flags: <c>SOCK_STREAM|SOCK_CLOEXEC</c>; also the type alone.</summary>
    public static string SocketType(int type)
    {
        ulong bits = (uint)type;
        string name = (bits & SocketTypeMask) switch
        {
            1 => "SOCK_STREAM",
            2 => "SOCK_DGRAM",
            3 => "SOCK_RAW",
            4 => "SOCK_RDM",
            5 => "SOCK_SEQPACKET",
            6 => "SOCK_DCCP",
            10 => "SOCK_PACKET",
            var unknown => "0x" + unknown.ToString("x"),
        };
        return Join(bits & ~SocketTypeMask, SocketFlags, name, name);
    }

    /// <summary>The flags of accept4, which are those of socket without a type.</summary>
    public static string AcceptFlags(int flags) => Join((uint)flags, SocketFlags, "0");

    /// <summary>The flags of send, recv and their like: <c>MSG_DONTWAIT|MSG_NOSIGNAL</c>.</summary>
    public static string MessageFlags(int flags) => Join((uint)flags, MessageBits, "0");

    /// <summary>A TCP state: <c>TCP_ESTABLISHED</c>; an unknown one as its number.</summary>
    public static string TcpState(int state) =>
        state >= 1 && state <= TcpStates.Length ? TcpStates[state - 1] : state.ToString();
}
