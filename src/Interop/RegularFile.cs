using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Interop;

/// <summary>Which file something is, whatever its path: unique on this host while the file exists.</summary>
/// <param name="DeviceMajor">Of the device that it lies on.</param>
/// <param name="DeviceMinor">Likewise.</param>
/// <param name="Inode">Its number there.</param>
internal readonly record struct FileKey(uint DeviceMajor, uint DeviceMinor, ulong Inode);

/// <summary>Opens files at paths that somebody else chose: what is no regular file is refused without waiting for anything.</summary>
internal static unsafe partial class RegularFile
{
    private const int O_NONBLOCK = 0x800;
    private const int O_NOCTTY = 0x100;
    private const int O_CLOEXEC = 0x80000;
    private const int AT_EMPTY_PATH = 0x1000;
    private const uint STATX_TYPE_AND_INO = 0x101;
    private const int S_IFMT = 0xf000;
    private const int S_IFREG = 0x8000;

    /// <summary>For reading; null when there is no such regular file or it can't be opened. Never blocks on a pipe or a device.</summary>
    public static SafeFileHandle? TryOpen(string path, out FileKey key)
    {
        key = default;
        var fd = open(path, O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
        {
            return null;
        }

        var handle = new SafeFileHandle(fd, ownsHandle: true);
        StatxResult result;
        if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE_AND_INO, &result) != 0 || (result.stx_mode & S_IFMT) != S_IFREG)
        {
            handle.Dispose();
            return null;
        }

        key = new FileKey(result.stx_dev_major, result.stx_dev_minor, result.stx_ino);
        return handle;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, StatxResult* result);

    /// <summary>The leading part of <c>struct statx</c>, the same on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxResult
    {
        [FieldOffset(0x1c)] public ushort stx_mode;
        [FieldOffset(0x20)] public ulong stx_ino;
        [FieldOffset(0x88)] public uint stx_dev_major;
        [FieldOffset(0x8c)] public uint stx_dev_minor;
    }
}
