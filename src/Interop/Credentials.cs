using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>
/// The ids and capabilities of the calling thread alone: by raw system calls, as the C library's wrappers change every thread of the process.
/// Everything returns 0 or an errno.
/// </summary>
internal static unsafe partial class Credentials
{
    private const int KeepCapabilities = 8; // PR_SET_KEEPCAPS
    private const int DropFromBoundingSet = 24; // PR_CAPBSET_DROP
    private const int NoNewPrivileges = 38; // PR_SET_NO_NEW_PRIVS
    private const int Ambient = 47; // PR_CAP_AMBIENT
    private const int RaiseAmbient = 2; // PR_CAP_AMBIENT_RAISE
    private const int DeathSignal = 1; // PR_SET_PDEATHSIG
    private const uint CapabilityVersion = 0x20080522; // _LINUX_CAPABILITY_VERSION_3
    private const int InvalidArgument = 22; // EINVAL: past the last capability of this kernel
    private const int HighestCapability = 63;

    /// <summary>Effective capabilities of the calling thread, one bit each.</summary>
    public static ulong Effective() => Get().Effective;

    /// <summary>Permitted capabilities of the calling thread.</summary>
    public static ulong Permitted() => Get().Permitted;

    /// <summary>Nothing that is executed from here on gains a privilege.</summary>
    public static int ForbidNewPrivileges() => Result(prctl(NoNewPrivileges, 1, 0, 0, 0));

    /// <summary>This process is sent SIGKILL when the thread that started it ends. A change of ids clears it.</summary>
    public static int DieWithParent() => Result(prctl(DeathSignal, 9, 0, 0, 0));

    /// <summary>The supplementary groups.</summary>
    public static int SetGroups(ReadOnlySpan<uint> groups)
    {
        fixed (uint* first = groups)
        {
            return Result(syscall((long)LinuxSyscall.SetGroups, groups.Length, (nint)first, 0));
        }
    }

    /// <summary>Real, effective and saved group.</summary>
    public static int SetGroup(uint group) => Result(syscall((long)LinuxSyscall.SetResGid, (nint)group, (nint)group, (nint)group));

    /// <summary>Real, effective and saved user.</summary>
    public static int SetUser(uint real, uint effective, uint saved) => Result(syscall((long)LinuxSyscall.SetResUid, (nint)real, (nint)effective, (nint)saved));

    /// <summary>The real and effective user of the calling thread.</summary>
    public static (uint Real, uint Effective) Users()
    {
        uint real, effective, saved;
        return syscall((long)LinuxSyscall.GetResUid, (nint)(&real), (nint)(&effective), (nint)(&saved)) == 0 ? (real, effective) : (0, 0);
    }

    /// <summary>Keeps the permitted capabilities over the change from root to another user.</summary>
    public static int KeepOverUserChange() => Result(prctl(KeepCapabilities, 1, 0, 0, 0));

    /// <summary>Takes every capability but these out of the bounding set.</summary>
    public static int BoundTo(ulong capabilities)
    {
        for (var capability = 0; capability <= HighestCapability; capability++)
        {
            if ((capabilities & (1UL << capability)) == 0 && Result(prctl(DropFromBoundingSet, (nuint)capability, 0, 0, 0)) is var errno and not 0)
            {
                return errno == InvalidArgument && capability > 30 ? 0 : errno;
            }
        }

        return 0;
    }

    /// <summary>Sets permitted, effective, inheritable and ambient capabilities to exactly these, so that they outlast <c>execve</c>.</summary>
    public static int SetTo(ulong capabilities)
    {
        var header = new CapabilityHeader { Version = CapabilityVersion };
        var sets = stackalloc CapabilityWords[2];
        sets[0] = new CapabilityWords((uint)capabilities);
        sets[1] = new CapabilityWords((uint)(capabilities >> 32));
        var errno = Result(syscall((long)LinuxSyscall.CapSet, (nint)(&header), (nint)sets, 0));
        for (var capability = 0; errno == 0 && capability <= HighestCapability; capability++)
        {
            if ((capabilities & (1UL << capability)) != 0)
            {
                errno = Result(prctl(Ambient, RaiseAmbient, (nuint)capability, 0, 0));
            }
        }

        return errno;
    }

    private static (ulong Effective, ulong Permitted) Get()
    {
        var header = new CapabilityHeader { Version = CapabilityVersion };
        var sets = stackalloc CapabilityWords[2];
        return syscall((long)LinuxSyscall.CapGet, (nint)(&header), (nint)sets, 0) == 0
            ? (sets[0].Effective | ((ulong)sets[1].Effective << 32), sets[0].Permitted | ((ulong)sets[1].Permitted << 32))
            : (0, 0);
    }

    private static int Result(long result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, nint first, nint second, nint third);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint first, nuint second, nuint third, nuint fourth);

    /// <summary><c>struct __user_cap_header_struct</c>; pid 0 is the calling thread.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CapabilityHeader
    {
        public uint Version;
        public int Process;
    }

    /// <summary><c>struct __user_cap_data_struct</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct CapabilityWords(uint all)
    {
        public readonly uint Effective = all;
        public readonly uint Permitted = all;
        public readonly uint Inheritable = all;
    }
}
