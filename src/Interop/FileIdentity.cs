using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>What <c>stat</c> knows of a file that .NET doesn't tell.</summary>
/// <param name="Mode">Type and permissions.</param>
/// <param name="Owner">User id.</param>
/// <param name="Group">Group id.</param>
/// <param name="Inode">Inode number.</param>
/// <param name="Device">Major and minor number of a device file.</param>
/// <param name="FileSystem">Major and minor number of the file system that it is in.</param>
internal readonly unsafe partial record struct FileIdentity(
    uint Mode, uint Owner, uint Group, ulong Inode, (uint Major, uint Minor) Device, (uint Major, uint Minor) FileSystem)
{
    private const int AT_FDCWD = -100;
    private const int AT_EMPTY_PATH = 0x1000;
    private const uint STATX_BASIC_STATS = 0x7ff;
    private const uint S_IFMT = 0xf000;
    private const uint S_IFSOCK = 0xc000;
    private const uint S_IFREG = 0x8000;
    private const uint S_IFDIR = 0x4000;
    private const uint S_IFCHR = 0x2000;

    public bool IsRegular => (Mode & S_IFMT) == S_IFREG;

    public bool IsDirectory => (Mode & S_IFMT) == S_IFDIR;

    public bool IsSocket => (Mode & S_IFMT) == S_IFSOCK;

    public bool IsCharacterDevice => (Mode & S_IFMT) == S_IFCHR;

    /// <summary>Of the file at a path, symbolic links followed; null where it can't be had.</summary>
    public static FileIdentity? Of(string path)
    {
        StatxResult result;
        return statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &result) == 0 ? From(result) : null;
    }

    /// <summary>Of an open file.</summary>
    public static FileIdentity? Of(int descriptor)
    {
        StatxResult result;
        return statx(descriptor, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &result) == 0 ? From(result) : null;
    }

    /// <summary>A file's inode number; null where it can't be had.</summary>
    public static ulong? InodeOf(string path) => Of(path)?.Inode;

    private static FileIdentity From(in StatxResult result) =>
        new(
            result.stx_mode, result.stx_uid, result.stx_gid, result.stx_ino, (result.stx_rdev_major, result.stx_rdev_minor), (result.stx_dev_major, result.stx_dev_minor));

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, StatxResult* result);

    /// <summary>Parts of <c>struct statx</c>, the same on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxResult
    {
        [FieldOffset(0x14)] public uint stx_uid;
        [FieldOffset(0x18)] public uint stx_gid;
        [FieldOffset(0x1c)] public ushort stx_mode;
        [FieldOffset(0x20)] public ulong stx_ino;
        [FieldOffset(0x80)] public uint stx_rdev_major;
        [FieldOffset(0x84)] public uint stx_rdev_minor;
        [FieldOffset(0x88)] public uint stx_dev_major;
        [FieldOffset(0x8c)] public uint stx_dev_minor;
    }
}
