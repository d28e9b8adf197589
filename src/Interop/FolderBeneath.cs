using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Interop;

/// <summary>
/// Changes files beneath one folder, and nowhere else: no path leaves it, by <c>..</c>, by a symbolic link or by one of /proc
/// (<c>openat2</c>, Linux 5.6). Everything returns 0 or an errno.
/// </summary>
internal sealed unsafe partial class FolderBeneath(SafeFileHandle folder) : IDisposable
{
    private const ulong Beneath = 8 | 4 | 2; // RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS
    private const int PathOnly = 0x200000; // O_PATH
    private const int Directory = 0x10000; // O_DIRECTORY
    private const int CloseOnExec = 0x80000; // O_CLOEXEC
    private const int NoControllingTerminal = 0x100; // O_NOCTTY
    private const int NonBlocking = 0x800; // O_NONBLOCK
    private const int SetFileFlags = 4; // F_SETFL
    private const int RemoveDirectoryFlag = 0x200; // AT_REMOVEDIR
    private const int LockWithoutWaiting = 4; // LOCK_NB

    /// <summary>Opens or makes a regular file. A pipe or a device is refused with <c>EROFS</c>, and never waited for.</summary>
    /// <param name="path">Relative to the folder.</param>
    /// <param name="flags">Of <c>open</c>.</param>
    /// <param name="mode">Of a new file.</param>
    /// <param name="errno">0, or why there is none.</param>
    public SafeFileHandle? Open(string path, int flags, uint mode, out int errno)
    {
        var descriptor = OpenDescriptor(path, (ulong)(uint)(flags | CloseOnExec | NoControllingTerminal | NonBlocking), mode, out errno);
        if (descriptor < 0)
        {
            return null;
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (FileIdentity.Of(descriptor) is not { IsRegular: true })
        {
            file.Dispose();
            errno = Errors.ReadOnlyFileSystem;
            return null;
        }

        _ = fcntl(file, SetFileFlags, flags & ~(CloseOnExec | NoControllingTerminal));
        return file;
    }

    /// <summary><c>mkdir</c>.</summary>
    public int MakeDirectory(string path, uint mode) => InParent(path, (parent, name) => mkdirat(parent, name, mode));

    /// <summary><c>unlink</c>, or <c>rmdir</c>.</summary>
    public int Remove(string path, bool directory) => InParent(path, (parent, name) => unlinkat(parent, name, directory ? RemoveDirectoryFlag : 0));

    /// <summary><c>rename</c> with the flags of <c>renameat2</c>.</summary>
    public int Rename(string from, string to, uint flags) =>
        InParent(from, (fromParent, fromName) =>
        {
            var errno = InParent(to, (toParent, toName) => renameat2(fromParent, fromName, toParent, toName, flags));
            Marshal.SetLastPInvokeError(errno);
            return errno == 0 ? 0 : -1;
        });

    /// <summary><c>flock</c> on an open file of the folder's file system, without ever waiting; any other is refused with <c>ENOLCK</c>.</summary>
    public int Lock(SafeFileHandle file, int operation) =>
        FileIdentity.Of((int)file.DangerousGetHandle())?.FileSystem != FileIdentity.Of((int)folder.DangerousGetHandle())?.FileSystem ? Errors.NoLock
        : flock(file, operation | LockWithoutWaiting) == 0 ? 0
        : Marshal.GetLastPInvokeError();

    public void Dispose() => folder.Dispose();

    private int InParent(string path, Func<int, string, int> change)
    {
        var slash = path.LastIndexOf('/');
        var name = path[(slash + 1)..];
        if (name.Length == 0 || name is "." or "..")
        {
            return Errors.Exists;
        }

        var parent = OpenDescriptor(slash > 0 ? path[..slash] : ".", PathOnly | Directory | CloseOnExec, 0, out var errno);
        if (parent < 0)
        {
            return errno;
        }

        errno = change(parent, name) == 0 ? 0 : Marshal.GetLastPInvokeError();
        FileDescriptor.Close(parent);
        return errno;
    }

    private int OpenDescriptor(string path, ulong flags, uint mode, out int errno)
    {
        const ulong Creates = 0x40 | 0x400000; // O_CREAT, __O_TMPFILE
        var how = new OpenHow { Flags = flags, Mode = (flags & Creates) != 0 ? mode & 0x1ff : 0, Resolve = Beneath };
        var descriptor = (int)openat2((long)LinuxSyscall.OpenAt2, folder, path, &how, (nuint)sizeof(OpenHow));
        errno = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long openat2(long number, SafeFileHandle folder, string path, OpenHow* how, nuint size);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdirat(int folder, string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int folder, string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle descriptor, int operation);

    [LibraryImport("libc")]
    private static partial int fcntl(SafeFileHandle descriptor, int command, int argument);

    /// <summary><c>struct open_how</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
