using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>Files that .NET can't make or open. Everything returns 0 or an errno.</summary>
internal static unsafe partial class FileNodes
{
    private const int PathOnly = 0x200000 | 0x10000 | 0x80000; // O_PATH | O_DIRECTORY | O_CLOEXEC
    private const uint SocketType = 0xc000; // S_IFSOCK

    /// <summary>A descriptor that stands for a folder; -1 with an errno where there is none.</summary>
    public static int OpenFolder(string path, out int errno)
    {
        var descriptor = open(path, PathOnly);
        errno = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor;
    }

    /// <summary>A socket file that nobody listens on, with this owner and these permissions.</summary>
    public static int MakeDeadSocket(string path, FileIdentity like) =>
        mknod(path, SocketType | (like.Mode & 0x1ff), 0) == 0 && chown(path, like.Owner, like.Group) == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint owner, uint group);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mknod(string path, uint mode, ulong device);
}
