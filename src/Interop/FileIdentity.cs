using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>What <c>stat</c> knows of a file that .NET doesn't tell.</summary>
internal static unsafe partial class FileIdentity
{
    private const int AT_FDCWD = -100;
    private const uint STATX_INO = 0x100;

    /// <summary>A file's inode number; null where it can't be had.</summary>
    public static ulong? InodeOf(string path)
    {
        StatxResult result;
        return statx(AT_FDCWD, path, 0, STATX_INO, &result) == 0 ? result.stx_ino : null;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, StatxResult* result);

    /// <summary>The leading part of <c>struct statx</c>, the same on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxResult
    {
        [FieldOffset(0x20)] public ulong stx_ino;
    }
}
