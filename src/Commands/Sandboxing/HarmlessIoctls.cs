namespace Sonde.Commands.Sandboxing;

/// <summary>
/// The requests of <c>ioctl</c> that only read. A descriptor opened for reading is enough for many that change a terminal, a device or a pipe, so all
/// others are refused. Values: the kernel's asm-generic/ioctls.h, linux/fs.h, linux/nsfs.h, linux/sockios.h.
/// </summary>
internal static class HarmlessIoctls
{
    public static readonly uint[] All =
    [
        // Terminals and descriptors.
        0x5401, // TCGETS
        0x802c542a, // TCGETS2
        0x540f, // TIOCGPGRP
        0x5411, // TIOCOUTQ
        0x5413, // TIOCGWINSZ
        0x541b, // FIONREAD
        0x5421, // FIONBIO
        0x5429, // TIOCGSID
        0x5450, // FIONCLEX
        0x5451, // FIOCLEX
        // Files and file systems.
        0x00000002, // FIGETBSZ
        0x80086601, // FS_IOC_GETFLAGS
        0x80087601, // FS_IOC_GETVERSION
        0x801c581f, // FS_IOC_FSGETXATTR
        0xc020660b, // FS_IOC_FIEMAP
        // Namespaces: who owns and contains them.
        0xb701, // NS_GET_USERNS
        0xb702, // NS_GET_PARENT
        0xb703, // NS_GET_NSTYPE
        0xb704, // NS_GET_OWNER_UID
        // Interfaces. Those that set are others, and need a capability besides.
        0x8910, // SIOCGIFNAME
        0x8912, // SIOCGIFCONF
        0x8913, // SIOCGIFFLAGS
        0x8915, // SIOCGIFADDR
        0x8917, // SIOCGIFDSTADDR
        0x8919, // SIOCGIFBRDADDR
        0x891b, // SIOCGIFNETMASK
        0x891d, // SIOCGIFMETRIC
        0x8921, // SIOCGIFMTU
        0x8927, // SIOCGIFHWADDR
        0x8933, // SIOCGIFINDEX
        0x8938, // SIOCGIFCOUNT
        0x8942, // SIOCGIFTXQLEN
        0x8946, // SIOCETHTOOL: changing asks for CAP_NET_ADMIN
        0x8947, // SIOCGMIIPHY
        0x8948, // SIOCGMIIREG
        0x8954, // SIOCGARP
        0x8970, // SIOCGIFMAP
        0x8906, // SIOCGSTAMP
    ];
}
