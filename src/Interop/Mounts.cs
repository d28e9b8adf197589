using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>Mount namespaces and what is mounted in them. Everything returns 0 or an errno.</summary>
internal static unsafe partial class Mounts
{
    public const ulong ReadOnly = 1; // MS_RDONLY
    public const ulong NoSetUid = 2; // MS_NOSUID
    public const ulong NoDevices = 4; // MS_NODEV
    public const ulong NoExec = 8; // MS_NOEXEC
    public const ulong Remount = 32; // MS_REMOUNT
    public const ulong NoAccessTime = 1024; // MS_NOATIME
    public const ulong NoDirectoryAccessTime = 2048; // MS_NODIRATIME
    public const ulong Bind = 4096; // MS_BIND
    public const ulong Recursive = 16384; // MS_REC
    public const ulong Private = 1 << 18; // MS_PRIVATE
    public const ulong RelativeAccessTime = 1 << 21; // MS_RELATIME

    /// <summary><c>CLONE_NEWNS</c>: an own mount namespace.</summary>
    public const int NewMounts = 0x00020000;

    /// <summary><c>CLONE_NEWIPC</c>: own System V IPC and message queues.</summary>
    public const int NewIpc = 0x08000000;

    /// <summary><c>CLONE_NEWNET</c>: an own, empty network.</summary>
    public const int NewNetwork = 0x40000000;

    private const int Recursively = 0x8000; // AT_RECURSIVE

    /// <summary>Leaves namespaces for new ones: <see cref="NewMounts"/> and the like.</summary>
    public static int Unshare(int namespaces) => Result(unshare(namespaces));

    /// <summary><c>mount(2)</c>.</summary>
    public static int Mount(string source, string target, string? type, ulong flags, string? options) => Result(mount(source, target, type, (nuint)flags, options));

    /// <summary>Sets <see cref="ReadOnly"/>, <see cref="NoSetUid"/> and <see cref="NoDevices"/> on a mount and all below it (Linux 5.12).</summary>
    public static int SetRecursively(string target, ulong flags)
    {
        // MOUNT_ATTR_RDONLY, _NOSUID and _NODEV have the values of their MS_ twins.
        var attributes = new MountAttributes { Set = flags };
        return Result((int)mount_setattr((long)LinuxSyscall.MountSetAttr, -1, target, Recursively, &attributes, (nuint)sizeof(MountAttributes)));
    }

    private static int Result(int result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string? type, nuint flags, string? options);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long mount_setattr(long number, int folder, string path, int flags, MountAttributes* attributes, nuint size);

    /// <summary><c>struct mount_attr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MountAttributes
    {
        public ulong Set;
        public ulong Clear;
        public ulong Propagation;
        public ulong UserNamespace;
    }
}
