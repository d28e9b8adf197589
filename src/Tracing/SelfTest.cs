using Sonde.Interop;
using Sonde.Kernel.Arch;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing;

/// <summary>What is known of a probe that nothing hit.</summary>
internal enum ProbeProof
{
    /// <summary>Nothing: the agent knows no harmless way to hit it.</summary>
    None,

    /// <summary>The agent's own hit was counted.</summary>
    Seen,

    /// <summary>It was not.</summary>
    NotSeen,
}

/// <summary>
/// A hit of the agent's own on a probe that saw none: system calls that the kernel refuses for their first argument before they do anything.
/// Of other targets nothing is known that would be as harmless.
/// </summary>
internal static class SelfTest
{
    private const nint NoDescriptor = -1;
    private const nint Null = 0;

    // Refused for a descriptor that is none (EBADF), or for what comes with it.
    private static readonly HashSet<string> ByDescriptor =
    [
        "read", "write", "pread64", "pwrite64", "readv", "writev", "preadv", "pwritev", "close", "lseek", "dup", "fcntl", "ioctl", "getdents64",
        "fsync", "fdatasync", "ftruncate", "fallocate", "fchmod", "fchown", "fchdir", "newfstat", "sendfile64", "epoll_wait",
        "connect", "accept", "accept4", "bind", "listen", "shutdown", "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "getsockname", "getpeername", "getsockopt", "setsockopt",
        "openat", "openat2", "newfstatat", "statx", "unlinkat", "mkdirat", "renameat", "renameat2", "linkat", "symlinkat", "readlinkat", "faccessat", "faccessat2", "fchmodat", "fchownat", "execveat",
    ];

    // Refused for an address that is none (EFAULT), or without any argument to refuse and without an effect.
    private static readonly HashSet<string> ByAddress =
    [
        "open", "creat", "newstat", "newlstat", "access", "unlink", "mkdir", "rmdir", "rename", "link", "symlink", "readlink", "chmod", "chown", "truncate", "statfs", "chdir", "execve",
        "nanosleep", "futex", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "sched_yield",
    ];

    /// <summary>Hits a probe, whose filter leaves the agent's own calls out; false where there is no harmless way to.</summary>
    public static bool TryHit(ProbeCandidate candidate)
    {
        foreach (var part in candidate.Parts)
        {
            var name = part.Target[(part.Target.LastIndexOf('/') + 1)..];
            var call = part is { Mechanism: Mechanism.SyscallPair, Layout: { SocketProtocol: 0, Conditions.Count: 0 } } && name.Split('_', 3) is ["sys", _, var suffix] ? suffix : "";
            if ((ByDescriptor.Contains(call) || ByAddress.Contains(call)) && SyscallTable.Number(call) is { } number)
            {
                RawSystemCall.Make(number, ByDescriptor.Contains(call) ? NoDescriptor : Null);
                return true;
            }
        }

        return false;
    }
}
