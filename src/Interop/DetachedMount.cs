using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>A file system mounted nowhere, reached through a descriptor (Linux 5.2).</summary>
internal static partial class DetachedMount
{
    private const uint FSOPEN_CLOEXEC = 1;
    private const uint FSCONFIG_CMD_CREATE = 6;
    private const uint FSMOUNT_CLOEXEC = 1;
    private const int MOUNT_ATTR_NOSUID_NODEV_NOEXEC = 2 | 4 | 8;

    /// <summary>The mount's descriptor, or -1 with the step that failed and its errno.</summary>
    public static int Create(string type, out string step, out int errno)
    {
        step = "fsopen";
        var context = (int)fsopen(SyscallNumbers.FsOpen, type, FSOPEN_CLOEXEC);
        if (context < 0)
        {
            errno = Marshal.GetLastPInvokeError();
            return -1;
        }

        step = "fsconfig";
        var mount = -1;
        if (fsconfig(SyscallNumbers.FsConfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0) == 0)
        {
            step = "fsmount";
            mount = (int)fsmount(SyscallNumbers.FsMount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID_NODEV_NOEXEC);
        }

        errno = mount < 0 ? Marshal.GetLastPInvokeError() : 0;
        FileDescriptor.Close(context);
        return mount;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long fsopen(long number, string type, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long fsconfig(long number, int context, uint command, nint key, nint value, int auxiliary);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long fsmount(long number, int context, uint flags, int attributes);
}
