using System.Runtime.InteropServices;
using System.Text;

namespace Sonde.Interop;

/// <summary>Space and inodes of a mounted file system, from statvfs(3).</summary>
/// <param name="Blocks">All blocks.</param>
/// <param name="BlocksFree">Free ones, root's reserve included.</param>
/// <param name="BlocksAvailable">Free ones for everybody.</param>
/// <param name="Inodes">All inodes; 0 where they are made as needed.</param>
/// <param name="InodesAvailable">Free ones.</param>
internal readonly unsafe partial record struct FileSystemStatus(ulong Blocks, ulong BlocksFree, ulong BlocksAvailable, ulong Inodes, ulong InodesAvailable)
{
    /// <summary>Null where the file system can't be asked.</summary>
    public static FileSystemStatus? Of(string mount)
    {
        StatVfs status;
        fixed (byte* path = Encoding.UTF8.GetBytes(mount + '\0'))
        {
            return statvfs(path, &status) == 0
                ? new FileSystemStatus((ulong)status.Blocks, (ulong)status.BlocksFree, (ulong)status.BlocksAvailable, (ulong)status.Files, (ulong)status.FilesAvailable)
                : null;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statvfs(byte* path, StatVfs* status);

    // struct statvfs of glibc and musl on 64-bit processors; the spare room is larger than either's.
    [StructLayout(LayoutKind.Sequential)]
    private struct StatVfs
    {
        public nuint BlockSize;
        public nuint FragmentSize;
        public nuint Blocks;
        public nuint BlocksFree;
        public nuint BlocksAvailable;
        public nuint Files;
        public nuint FilesFree;
        public nuint FilesAvailable;
        public nuint Id;
        public nuint Flags;
        public nuint LongestName;
        public fixed int Spare[16];
    }
}
