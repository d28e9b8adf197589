namespace Sonde.Kernel;

/// <content>Flags of open, access and the *at calls. Sources: uapi/asm-generic/fcntl.h, uapi/linux/fcntl.h, unistd.h.</content>
internal static partial class FlagNames
{
    private const ulong AccessModeMask = 3;

    // O_SYNC contains O_DSYNC's bit and O_TMPFILE contains O_DIRECTORY's: the whole group first.
    private static readonly Flag[] OpenBits =
    [
        new(0x40, "O_CREAT"), new(0x80, "O_EXCL"), new(0x100, "O_NOCTTY"), new(0x200, "O_TRUNC"), new(0x400, "O_APPEND"),
        new(0x800, "O_NONBLOCK"), new(0x101000, "O_SYNC"), new(0x1000, "O_DSYNC"), new(0x2000, "O_ASYNC"), new(0x4000, "O_DIRECT"),
        new(0x8000, "O_LARGEFILE"), new(0x410000, "O_TMPFILE"), new(0x10000, "O_DIRECTORY"), new(0x20000, "O_NOFOLLOW"),
        new(0x40000, "O_NOATIME"), new(0x80000, "O_CLOEXEC"), new(0x200000, "O_PATH"),
    ];

    private static readonly Flag[] AccessModes = [new(4, "R_OK"), new(2, "W_OK"), new(1, "X_OK")];

    private static readonly Flag[] AtBits =
    [
        new(0x100, "AT_SYMLINK_NOFOLLOW"), new(0x200, "AT_REMOVEDIR"), new(0x400, "AT_SYMLINK_FOLLOW"), new(0x800, "AT_NO_AUTOMOUNT"),
        new(0x1000, "AT_EMPTY_PATH"), new(0x2000, "AT_STATX_FORCE_SYNC"), new(0x4000, "AT_STATX_DONT_SYNC"), new(0x8000, "AT_RECURSIVE"),
    ];

    /// <summary>The flags of open, access mode first: <c>O_RDONLY|O_CLOEXEC</c>.</summary>
    public static string OpenFlags(long flags)
    {
        ulong bits = (uint)flags;
        string mode = (bits & AccessModeMask) switch
        {
            0 => "O_RDONLY",
            1 => "O_WRONLY",
            2 => "O_RDWR",
            _ => "O_ACCMODE",
        };
        return Join(bits & ~AccessModeMask, OpenBits, mode, mode);
    }

    /// <summary>What access and faccessat ask for: <c>R_OK|X_OK</c>, or <c>F_OK</c> for mere existence.</summary>
    public static string AccessMode(long mode) => Join((uint)mode, AccessModes, "F_OK");

    /// <summary>
    /// The AT_ flags of fstatat, unlinkat, statx and their like. 0x200 is named AT_REMOVEDIR here; faccessat2 means AT_EACCESS by it,
    /// see <see cref="AccessAtFlags"/>.
    /// </summary>
    public static string AtFlags(long flags) => Join((uint)flags, AtBits, "0");

    /// <summary>The AT_ flags of faccessat2, where 0x200 is AT_EACCESS.</summary>
    public static string AccessAtFlags(long flags)
    {
        const ulong effectiveAccess = 0x200;
        ulong bits = (uint)flags;
        return Join(bits & ~effectiveAccess, AtBits, "0", (bits & effectiveAccess) != 0 ? "AT_EACCESS" : null);
    }

    /// <summary>A directory descriptor of an *at call: <c>AT_FDCWD</c>, else the number.</summary>
    public static string DirectoryDescriptor(long descriptor)
    {
        const int currentDirectory = -100;
        int value = (int)descriptor;
        return value == currentDirectory ? "AT_FDCWD" : value.ToString();
    }
}
