namespace Sonde.Kernel;

/// <summary>How an argument of a system call is shown, and what a probe has to read at entry to show it.</summary>
internal enum SyscallArgumentKind
{
    /// <summary>Signed 32-bit number.</summary>
    Int,

    /// <summary>Unsigned number, or a signed 64-bit one such as a file offset.</summary>
    UInt,

    /// <summary>Address or bits without names of their own.</summary>
    Hex,

    /// <summary>File descriptor.</summary>
    Fd,

    /// <summary>Directory descriptor of an *at call, <c>AT_FDCWD</c> by name.</summary>
    DirFd,

    /// <summary>User pointer to a zero-terminated string, read at entry.</summary>
    Path,

    /// <summary>User pointer to a socket address, read at entry; its length is another argument.</summary>
    SockaddrIn,

    /// <summary>User pointer to room for a socket address, read at exit; the pointer to its length is another argument.</summary>
    SockaddrOut,

    /// <summary>User pointer to a <c>struct msghdr</c>, whose address is read at exit.</summary>
    MessageOut,

    /// <summary>User pointer whose memory isn't read; its size, where there is one, is an argument of its own.</summary>
    Buffer,

    /// <summary>O_ flags.</summary>
    OpenFlags,

    /// <summary>User pointer to a <c>struct open_how</c>, read at entry: u64 flags, u64 mode, u64 resolve.</summary>
    OpenHow,

    /// <summary>File mode, octal.</summary>
    Mode,

    /// <summary>User pointer to the array of a program's arguments.</summary>
    Argv,

    /// <summary>User pointer to the array of a program's environment.</summary>
    Envp,

    /// <summary>Signal number.</summary>
    Signal,

    /// <summary>PROT_ flags.</summary>
    Protection,

    /// <summary>MAP_ flags.</summary>
    MmapFlags,

    /// <summary>CLONE_ flags, with the exit signal in the low byte where the call takes it there.</summary>
    CloneFlags,

    /// <summary>AF_ constant.</summary>
    SocketFamily,

    /// <summary>SOCK_ type with flags.</summary>
    SocketType,

    /// <summary>SOCK_ flags without a type, of accept4.</summary>
    AcceptFlags,

    /// <summary>MSG_ flags.</summary>
    MessageFlags,

    /// <summary>AT_ flags, with 0x200 as AT_REMOVEDIR.</summary>
    AtFlags,

    /// <summary>AT_ flags of faccessat2, with 0x200 as AT_EACCESS.</summary>
    AccessAtFlags,

    /// <summary>R_OK, W_OK, X_OK.</summary>
    AccessMode,

    /// <summary>Process or thread id, in the caller's pid namespace.</summary>
    Pid,

    /// <summary>Number of bytes.</summary>
    Size,
}

/// <summary>One argument of a system call.</summary>
/// <param name="Name">Field name in an event's data, snake_case.</param>
/// <param name="Kind">How it is shown.</param>
/// <param name="LengthArgument">Index of the argument that holds, or points to, a socket address's length; -1 for every other kind.</param>
internal sealed record SyscallArgument(string Name, SyscallArgumentKind Kind, int LengthArgument = -1);
