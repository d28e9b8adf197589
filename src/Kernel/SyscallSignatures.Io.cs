using Kind = Sonde.Kernel.SyscallArgumentKind;

namespace Sonde.Kernel;

/// <content>Descriptors and waiting on them.</content>
internal static partial class SyscallSignatures
{
    private static Dictionary<string, SyscallArgument[]> Io() => new(StringComparer.Ordinal)
    {
        ["read"] = [new("fd", Kind.Fd), new("buffer", Kind.Buffer), new("size", Kind.Size)],
        ["write"] = [new("fd", Kind.Fd), new("buffer", Kind.Buffer), new("size", Kind.Size)],
        ["pread64"] = [new("fd", Kind.Fd), new("buffer", Kind.Buffer), new("size", Kind.Size), new("offset", Kind.UInt)],
        ["pwrite64"] = [new("fd", Kind.Fd), new("buffer", Kind.Buffer), new("size", Kind.Size), new("offset", Kind.UInt)],
        ["readv"] = [new("fd", Kind.Fd), new("vectors", Kind.Buffer), new("vector_count", Kind.UInt)],
        ["writev"] = [new("fd", Kind.Fd), new("vectors", Kind.Buffer), new("vector_count", Kind.UInt)],
        ["preadv"] =
        [
            new("fd", Kind.Fd), new("vectors", Kind.Buffer), new("vector_count", Kind.UInt), new("offset", Kind.UInt), new("offset_high", Kind.UInt),
        ],
        ["pwritev"] =
        [
            new("fd", Kind.Fd), new("vectors", Kind.Buffer), new("vector_count", Kind.UInt), new("offset", Kind.UInt), new("offset_high", Kind.UInt),
        ],
        ["preadv2"] =
        [
            new("fd", Kind.Fd), new("vectors", Kind.Buffer), new("vector_count", Kind.UInt), new("offset", Kind.UInt), new("offset_high", Kind.UInt),
            new("flags", Kind.Hex),
        ],
        ["pwritev2"] =
        [
            new("fd", Kind.Fd), new("vectors", Kind.Buffer), new("vector_count", Kind.UInt), new("offset", Kind.UInt), new("offset_high", Kind.UInt),
            new("flags", Kind.Hex),
        ],
        ["lseek"] = [new("fd", Kind.Fd), new("offset", Kind.UInt), new("whence", Kind.Int)],
        ["sendfile"] = [new("out_fd", Kind.Fd), new("in_fd", Kind.Fd), new("offset", Kind.Buffer), new("size", Kind.Size)],
        ["splice"] =
        [
            new("in_fd", Kind.Fd), new("in_offset", Kind.Buffer), new("out_fd", Kind.Fd), new("out_offset", Kind.Buffer),
            new("size", Kind.Size), new("flags", Kind.Hex),
        ],
        ["copy_file_range"] =
        [
            new("in_fd", Kind.Fd), new("in_offset", Kind.Buffer), new("out_fd", Kind.Fd), new("out_offset", Kind.Buffer),
            new("size", Kind.Size), new("flags", Kind.Hex),
        ],
        ["fsync"] = [new("fd", Kind.Fd)],
        ["fdatasync"] = [new("fd", Kind.Fd)],
        ["sync_file_range"] = [new("fd", Kind.Fd), new("offset", Kind.UInt), new("size", Kind.Size), new("flags", Kind.Hex)],
        ["ftruncate"] = [new("fd", Kind.Fd), new("size", Kind.Size)],
        ["fallocate"] = [new("fd", Kind.Fd), new("mode", Kind.Hex), new("offset", Kind.UInt), new("size", Kind.Size)],
        ["ioctl"] = [new("fd", Kind.Fd), new("request", Kind.Hex), new("argument", Kind.Hex)],
        ["fcntl"] = [new("fd", Kind.Fd), new("command", Kind.Int), new("argument", Kind.Hex)],
        ["flock"] = [new("fd", Kind.Fd), new("operation", Kind.Int)],
        ["close"] = [new("fd", Kind.Fd)],
        ["close_range"] = [new("first", Kind.Fd), new("last", Kind.Fd), new("flags", Kind.Hex)],
        ["dup"] = [new("fd", Kind.Fd)],
        ["dup2"] = [new("fd", Kind.Fd), new("new_fd", Kind.Fd)],
        ["dup3"] = [new("fd", Kind.Fd), new("new_fd", Kind.Fd), new("flags", Kind.OpenFlags)],
        ["pipe"] = [new("fds", Kind.Buffer)],
        ["pipe2"] = [new("fds", Kind.Buffer), new("flags", Kind.OpenFlags)],
        ["getdents64"] = [new("fd", Kind.Fd), new("buffer", Kind.Buffer), new("size", Kind.Size)],
        ["poll"] = [new("fds", Kind.Buffer), new("fd_count", Kind.UInt), new("timeout_ms", Kind.Int)],
        ["ppoll"] =
        [
            new("fds", Kind.Buffer), new("fd_count", Kind.UInt), new("timeout", Kind.Buffer), new("signal_mask", Kind.Buffer),
            new("signal_mask_size", Kind.Size),
        ],
        ["select"] =
        [
            new("fd_count", Kind.Int), new("read_fds", Kind.Buffer), new("write_fds", Kind.Buffer), new("except_fds", Kind.Buffer),
            new("timeout", Kind.Buffer),
        ],
        ["pselect6"] =
        [
            new("fd_count", Kind.Int), new("read_fds", Kind.Buffer), new("write_fds", Kind.Buffer), new("except_fds", Kind.Buffer),
            new("timeout", Kind.Buffer), new("signal_mask", Kind.Buffer),
        ],
        ["epoll_create1"] = [new("flags", Kind.OpenFlags)],
        ["epoll_ctl"] = [new("fd", Kind.Fd), new("operation", Kind.Int), new("target_fd", Kind.Fd), new("event", Kind.Buffer)],
        ["epoll_wait"] = [new("fd", Kind.Fd), new("events", Kind.Buffer), new("event_count", Kind.Int), new("timeout_ms", Kind.Int)],
        ["epoll_pwait"] =
        [
            new("fd", Kind.Fd), new("events", Kind.Buffer), new("event_count", Kind.Int), new("timeout_ms", Kind.Int),
            new("signal_mask", Kind.Buffer), new("signal_mask_size", Kind.Size),
        ],
        ["eventfd2"] = [new("count", Kind.UInt), new("flags", Kind.Hex)],
        ["inotify_add_watch"] = [new("fd", Kind.Fd), new("filename", Kind.Path), new("mask", Kind.Hex)],
        ["io_uring_setup"] = [new("entries", Kind.UInt), new("parameters", Kind.Buffer)],
        ["io_uring_enter"] =
        [
            new("fd", Kind.Fd), new("submit_count", Kind.UInt), new("complete_count", Kind.UInt), new("flags", Kind.Hex),
            new("signal_mask", Kind.Buffer), new("signal_mask_size", Kind.Size),
        ],
        ["io_setup"] = [new("event_count", Kind.UInt), new("context", Kind.Buffer)],
        ["io_submit"] = [new("context", Kind.Hex), new("count", Kind.Int), new("blocks", Kind.Buffer)],
        ["io_getevents"] =
        [
            new("context", Kind.Hex), new("minimum", Kind.Int), new("count", Kind.Int), new("events", Kind.Buffer),
            new("timeout", Kind.Buffer),
        ],
        ["fadvise64"] = [new("fd", Kind.Fd), new("offset", Kind.UInt), new("size", Kind.Size), new("advice", Kind.Int)],
        ["readahead"] = [new("fd", Kind.Fd), new("offset", Kind.UInt), new("size", Kind.Size)],
    };
}
