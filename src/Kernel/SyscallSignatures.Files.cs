using Kind = Sonde.Kernel.SyscallArgumentKind;

namespace Sonde.Kernel;

/// <content>Files by name.</content>
internal static partial class SyscallSignatures
{
    private static Dictionary<string, SyscallArgument[]> Files() => new(StringComparer.Ordinal)
    {
        ["open"] = [new("filename", Kind.Path), new("flags", Kind.OpenFlags), new("mode", Kind.Mode)],
        ["openat"] = [new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("flags", Kind.OpenFlags), new("mode", Kind.Mode)],
        ["openat2"] = [new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("how", Kind.OpenHow), new("how_size", Kind.Size)],
        ["creat"] = [new("filename", Kind.Path), new("mode", Kind.Mode)],
        ["stat"] = [new("filename", Kind.Path), new("buffer", Kind.Buffer)],
        ["lstat"] = [new("filename", Kind.Path), new("buffer", Kind.Buffer)],
        ["fstat"] = [new("fd", Kind.Fd), new("buffer", Kind.Buffer)],
        ["newfstatat"] = [new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("buffer", Kind.Buffer), new("flags", Kind.AtFlags)],
        ["statx"] =
        [
            new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("flags", Kind.AtFlags), new("mask", Kind.Hex),
            new("buffer", Kind.Buffer),
        ],
        ["statfs"] = [new("filename", Kind.Path), new("buffer", Kind.Buffer)],
        ["fstatfs"] = [new("fd", Kind.Fd), new("buffer", Kind.Buffer)],
        ["access"] = [new("filename", Kind.Path), new("mode", Kind.AccessMode)],
        ["faccessat"] = [new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("mode", Kind.AccessMode)],
        ["faccessat2"] =
        [
            new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("mode", Kind.AccessMode), new("flags", Kind.AccessAtFlags),
        ],
        ["readlink"] = [new("filename", Kind.Path), new("buffer", Kind.Buffer), new("size", Kind.Size)],
        ["readlinkat"] = [new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("buffer", Kind.Buffer), new("size", Kind.Size)],
        ["getcwd"] = [new("buffer", Kind.Buffer), new("size", Kind.Size)],
        ["chdir"] = [new("filename", Kind.Path)],
        ["fchdir"] = [new("fd", Kind.Fd)],
        ["mkdir"] = [new("filename", Kind.Path), new("mode", Kind.Mode)],
        ["mkdirat"] = [new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("mode", Kind.Mode)],
        ["rmdir"] = [new("filename", Kind.Path)],
        ["unlink"] = [new("filename", Kind.Path)],
        ["unlinkat"] = [new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("flags", Kind.AtFlags)],
        ["rename"] = [new("filename", Kind.Path), new("new_filename", Kind.Path)],
        ["renameat"] =
        [
            new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("new_dir_fd", Kind.DirFd), new("new_filename", Kind.Path),
        ],
        ["renameat2"] =
        [
            new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("new_dir_fd", Kind.DirFd), new("new_filename", Kind.Path),
            new("flags", Kind.Hex),
        ],
        ["link"] = [new("filename", Kind.Path), new("new_filename", Kind.Path)],
        ["linkat"] =
        [
            new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("new_dir_fd", Kind.DirFd), new("new_filename", Kind.Path),
            new("flags", Kind.AtFlags),
        ],
        ["symlink"] = [new("target", Kind.Path), new("filename", Kind.Path)],
        ["symlinkat"] = [new("target", Kind.Path), new("dir_fd", Kind.DirFd), new("filename", Kind.Path)],
        ["truncate"] = [new("filename", Kind.Path), new("size", Kind.Size)],
        ["chmod"] = [new("filename", Kind.Path), new("mode", Kind.Mode)],
        ["fchmod"] = [new("fd", Kind.Fd), new("mode", Kind.Mode)],
        ["fchmodat"] = [new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("mode", Kind.Mode)],
        ["fchmodat2"] = [new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("mode", Kind.Mode), new("flags", Kind.AtFlags)],
        ["chown"] = [new("filename", Kind.Path), new("user", Kind.Int), new("group", Kind.Int)],
        ["lchown"] = [new("filename", Kind.Path), new("user", Kind.Int), new("group", Kind.Int)],
        ["fchown"] = [new("fd", Kind.Fd), new("user", Kind.Int), new("group", Kind.Int)],
        ["fchownat"] =
        [
            new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("user", Kind.Int), new("group", Kind.Int),
            new("flags", Kind.AtFlags),
        ],
        ["utimensat"] = [new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("times", Kind.Buffer), new("flags", Kind.AtFlags)],
        ["mknod"] = [new("filename", Kind.Path), new("mode", Kind.Mode), new("device", Kind.Hex)],
        ["mknodat"] = [new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("mode", Kind.Mode), new("device", Kind.Hex)],
        ["umask"] = [new("mask", Kind.Mode)],
        ["chroot"] = [new("filename", Kind.Path)],
        ["mount"] =
        [
            new("source", Kind.Path), new("target", Kind.Path), new("filesystem", Kind.Path), new("flags", Kind.Hex),
            new("options", Kind.Buffer),
        ],
        ["umount2"] = [new("target", Kind.Path), new("flags", Kind.Hex)],
        ["pivot_root"] = [new("new_root", Kind.Path), new("put_old", Kind.Path)],
        ["getxattr"] = [new("filename", Kind.Path), new("name", Kind.Path), new("buffer", Kind.Buffer), new("size", Kind.Size)],
        ["lgetxattr"] = [new("filename", Kind.Path), new("name", Kind.Path), new("buffer", Kind.Buffer), new("size", Kind.Size)],
        ["setxattr"] =
        [
            new("filename", Kind.Path), new("name", Kind.Path), new("buffer", Kind.Buffer), new("size", Kind.Size),
            new("flags", Kind.Hex),
        ],
        ["memfd_create"] = [new("name", Kind.Path), new("flags", Kind.Hex)],
        ["fanotify_mark"] =
        [
            new("fd", Kind.Fd), new("flags", Kind.Hex), new("mask", Kind.Hex), new("dir_fd", Kind.DirFd), new("filename", Kind.Path),
        ],
    };
}
