using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>
/// The system calls of a confined program. Opens that write, changes of names and exclusive locks wait for the supervisor; what changes the host otherwise, or leads
/// around the other protections, is refused; so is every call newer than this list.
/// </summary>
internal static class SandboxFilter
{
    public const uint Allow = 0x7fff0000; // SECCOMP_RET_ALLOW
    public const uint Supervise = 0x7fc00000; // SECCOMP_RET_USER_NOTIF
    public const uint Kill = 0x80000000; // SECCOMP_RET_KILL_PROCESS
    public const uint NativeArchitecture = 0xc000003e; // AUDIT_ARCH_X86_64

    private const uint X32Bit = 0x40000000; // __X32_SYSCALL_BIT
    private const uint LocalFamily = 1; // AF_UNIX
    private const uint InternetFamily = 2; // AF_INET
    private const uint Internet6Family = 10; // AF_INET6
    private const uint NetlinkFamily = 16; // AF_NETLINK

    // O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | __O_TMPFILE
    private const uint Writing = 0x1 | 0x2 | 0x40 | 0x200 | 0x400000;

    // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, and NEWTIME, which clone takes for a signal number: no signal is that high.
    private const uint NewNamespaces = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x80;

    private const uint FilterListener = 8; // SECCOMP_FILTER_FLAG_NEW_LISTENER: the newest listener would answer in the supervisor's place
    private const uint SetDumpable = 4; // PR_SET_DUMPABLE: hides a process from those who count it
    private const uint SetLease = 1024; // F_SETLEASE: blocks others' opens
    private const uint SetPipeSize = 1031; // F_SETPIPE_SZ
    private const uint SetSignalOwner = 8; // F_SETOWN
    private const uint SetSignalOwnerEx = 15; // F_SETOWN_EX
    private const uint LockExclusively = 2; // LOCK_EX

    /// <summary>The filter of a profile.</summary>
    public static FilterInstruction[] Build(SocketAccess sockets)
    {
        var filter = new FilterAssembler()
            .RequireArchitecture(NativeArchitecture, Kill)
            .Above(X32Bit - 1, Kill)
            .Above((uint)LinuxSyscall.LastKnown, Error(Errors.NotImplemented))
            .When(LinuxSyscall.OpenAt, Allow, new FilterBranch(Supervise, FilterCondition.HasAny(2, Writing)))
            .When(LinuxSyscall.Open, Allow, new FilterBranch(Supervise, FilterCondition.HasAny(1, Writing)))
            .When(LinuxSyscall.Ioctl, Error(Errors.NotATerminal), new FilterBranch(Allow, FilterCondition.OneOf(1, HarmlessIoctls.All)))
            .When(LinuxSyscall.Fcntl, Allow, new FilterBranch(Error(Errors.NotPermitted), FilterCondition.OneOf(1, SetLease, SetPipeSize, SetSignalOwner, SetSignalOwnerEx)))
            .When(LinuxSyscall.Clone, Allow, new FilterBranch(Error(Errors.NotPermitted), FilterCondition.HasAny(0, NewNamespaces)))
            .When(LinuxSyscall.Flock, Allow, new FilterBranch(Supervise, FilterCondition.HasAny(1, LockExclusively)))
            .When(LinuxSyscall.Prctl, Allow, new FilterBranch(Error(Errors.NotPermitted), FilterCondition.OneOf(0, SetDumpable)))
            .When(LinuxSyscall.Seccomp, Allow, new FilterBranch(Error(Errors.NotPermitted), FilterCondition.HasAny(1, FilterListener)))
            // Close, open, read all, unread and buffer size: reading on (2) and clearing take messages away from others.
            .When(LinuxSyscall.Syslog, Error(Errors.NotPermitted), new FilterBranch(Allow, FilterCondition.OneOf(0, 0, 1, 3, 9, 10)));
        return Sockets(filter, sockets)
            .All(Supervise, Names)
            .All(Error(Errors.NotImplemented), Absent)
            .All(Error(Errors.NotPermitted), Forbidden)
            .End(Allow);
    }

    /// <summary>
    /// A second filter for programs whose internet sockets are to ask with and for nothing else; null for others. It comes after the agent was sent what it
    /// supervises with, as nothing can be sent from then on.
    /// </summary>
    public static FilterInstruction[]? BuildSilence(SocketAccess sockets) => sockets != SocketAccess.InterfaceQueries ? null : new FilterAssembler()
        .RequireArchitecture(NativeArchitecture, Kill)
        .All(
            Error(Errors.NotPermitted), LinuxSyscall.Connect, LinuxSyscall.Bind, LinuxSyscall.Listen, LinuxSyscall.Accept, LinuxSyscall.Accept4,
            LinuxSyscall.SendTo, LinuxSyscall.SendMsg, LinuxSyscall.SendMmsg)
        .End(Allow);

    /// <summary><c>SECCOMP_RET_ERRNO</c>.</summary>
    public static uint Error(int errno) => 0x00050000 | (uint)errno;

    /// <summary>Changes of names: the supervisor makes those beneath the scratch folder.</summary>
    private static readonly LinuxSyscall[] Names =
    [
        LinuxSyscall.Creat, LinuxSyscall.Mkdir, LinuxSyscall.MkdirAt, LinuxSyscall.Rmdir, LinuxSyscall.Unlink, LinuxSyscall.UnlinkAt,
        LinuxSyscall.Rename, LinuxSyscall.RenameAt, LinuxSyscall.RenameAt2,
    ];

    /// <summary>Programs fall back to an older call when the kernel has none of these; their arguments can't be judged by a filter.</summary>
    private static readonly LinuxSyscall[] Absent =
    [
        LinuxSyscall.OpenAt2, LinuxSyscall.Clone3, LinuxSyscall.IoUringSetup, LinuxSyscall.IoUringEnter, LinuxSyscall.IoUringRegister,
        LinuxSyscall.MemfdCreate, LinuxSyscall.MemfdSecret,
    ];

    private static readonly LinuxSyscall[] Forbidden =
    [
        // Other processes.
        LinuxSyscall.Ptrace, LinuxSyscall.ProcessVmReadv, LinuxSyscall.ProcessVmWritev, LinuxSyscall.PidfdGetFd, LinuxSyscall.ProcessMadvise,
        LinuxSyscall.ProcessMrelease, LinuxSyscall.MovePages, LinuxSyscall.MigratePages, LinuxSyscall.Kcmp,
        // The kernel.
        LinuxSyscall.Bpf, LinuxSyscall.PerfEventOpen, LinuxSyscall.UserFaultFd, LinuxSyscall.CreateModule, LinuxSyscall.InitModule,
        LinuxSyscall.FinitModule, LinuxSyscall.DeleteModule, LinuxSyscall.KexecLoad, LinuxSyscall.KexecFileLoad, LinuxSyscall.Reboot,
        LinuxSyscall.SwapOn, LinuxSyscall.SwapOff, LinuxSyscall.Iopl, LinuxSyscall.IoPerm, LinuxSyscall.Sysctl, LinuxSyscall.Acct,
        LinuxSyscall.QuotaCtl, LinuxSyscall.QuotaCtlFd, LinuxSyscall.NfsServCtl, LinuxSyscall.LookupDcookie, LinuxSyscall.UseLib, LinuxSyscall.Vhangup,
        LinuxSyscall.SetHostName, LinuxSyscall.SetDomainName, LinuxSyscall.FanotifyInit, LinuxSyscall.FanotifyMark,
        LinuxSyscall.AddKey, LinuxSyscall.RequestKey, LinuxSyscall.KeyCtl,
        // Clocks.
        LinuxSyscall.SetTimeOfDay, LinuxSyscall.ClockSetTime, LinuxSyscall.ClockAdjTime, LinuxSyscall.AdjTimex,
        // Namespaces and mounts.
        LinuxSyscall.Unshare, LinuxSyscall.SetNs, LinuxSyscall.Mount, LinuxSyscall.Umount2, LinuxSyscall.PivotRoot, LinuxSyscall.Chroot,
        LinuxSyscall.OpenTree, LinuxSyscall.OpenTreeAttr, LinuxSyscall.MoveMount, LinuxSyscall.FsOpen, LinuxSyscall.FsConfig, LinuxSyscall.FsMount,
        LinuxSyscall.FsPick, LinuxSyscall.MountSetAttr,
        // Files: what a path through /proc/PID/root reaches isn't read-only, and what everyone may write has no owner to ask.
        LinuxSyscall.OpenByHandleAt, LinuxSyscall.Truncate, LinuxSyscall.Link, LinuxSyscall.LinkAt, LinuxSyscall.Symlink, LinuxSyscall.SymlinkAt,
        LinuxSyscall.Mknod, LinuxSyscall.MknodAt, LinuxSyscall.Chmod, LinuxSyscall.Fchmod, LinuxSyscall.FchmodAt, LinuxSyscall.FchmodAt2,
        LinuxSyscall.Chown, LinuxSyscall.Fchown, LinuxSyscall.Lchown, LinuxSyscall.FchownAt, LinuxSyscall.Utime, LinuxSyscall.Utimes,
        LinuxSyscall.FutimesAt, LinuxSyscall.UtimensAt, LinuxSyscall.SetXattr, LinuxSyscall.LSetXattr, LinuxSyscall.FSetXattr, LinuxSyscall.SetXattrAt,
        LinuxSyscall.RemoveXattr, LinuxSyscall.LRemoveXattr, LinuxSyscall.FRemoveXattr, LinuxSyscall.RemoveXattrAt,
    ];

    private static FilterAssembler Sockets(FilterAssembler filter, SocketAccess access)
    {
        const uint Route = 0; // NETLINK_ROUTE
        const uint SocketTable = 4; // NETLINK_SOCK_DIAG
        const uint Netfilter = 12; // NETLINK_NETFILTER
        const int SetTables = 64; // IPT_SO_SET_REPLACE, the first of those that change rules
        var netlink = access == SocketAccess.Netfilter ? [Route, SocketTable, Netfilter] : new[] { Route, SocketTable };
        List<FilterBranch> branches = [new(Allow, FilterCondition.OneOf(0, NetlinkFamily), FilterCondition.OneOf(2, netlink))];
        if (access == SocketAccess.Local)
        {
            branches.Add(new(Allow, FilterCondition.OneOf(0, LocalFamily)));
        }
        else if (access != SocketAccess.Netlink)
        {
            branches.Add(new(Allow, FilterCondition.OneOf(0, InternetFamily, Internet6Family)));
        }

        filter.When(LinuxSyscall.Socket, Error(Errors.AddressFamilyNotSupported), [.. branches]);
        if (access != SocketAccess.Local)
        {
            // A pair of local datagram sockets could be connected to any path.
            filter.All(Error(Errors.AddressFamilyNotSupported), LinuxSyscall.SocketPair);
        }

        if (access == SocketAccess.Netfilter)
        {
            filter.When(
                LinuxSyscall.SetSockOpt, Allow,
                new FilterBranch(Error(Errors.NotPermitted), FilterCondition.OneOf(1, 0, 41), FilterCondition.OneOf(2, [.. Enumerable.Range(SetTables, 64).Select(static option => (uint)option)])));
            filter.All(Error(Errors.NotPermitted), LinuxSyscall.Connect, LinuxSyscall.Listen);
        }

        return filter;
    }
}
