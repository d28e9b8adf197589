using Kind = Sonde.Kernel.SyscallArgumentKind;

namespace Sonde.Kernel;

/// <content>Processes and signals.</content>
internal static partial class SyscallSignatures
{
    private static Dictionary<string, SyscallArgument[]> Processes() => new(StringComparer.Ordinal)
    {
        ["execve"] = [new("filename", Kind.Path), new("argv", Kind.Argv), new("envp", Kind.Envp)],
        ["execveat"] =
        [
            new("dir_fd", Kind.DirFd), new("filename", Kind.Path), new("argv", Kind.Argv), new("envp", Kind.Envp),
            new("flags", Kind.AtFlags),
        ],
        ["clone"] =
        [
            new("clone_flags", Kind.CloneFlags), new("stack", Kind.Hex), new("parent_tid", Kind.Buffer), new("child_tid", Kind.Buffer),
            new("tls", Kind.Hex),
        ],
        ["clone3"] = [new("arguments", Kind.Buffer), new("size", Kind.Size)],
        ["fork"] = [],
        ["vfork"] = [],
        ["unshare"] = [new("clone_flags", Kind.CloneFlags)],
        ["setns"] = [new("fd", Kind.Fd), new("clone_flags", Kind.CloneFlags)],
        ["exit"] = [new("exit_code", Kind.Int)],
        ["exit_group"] = [new("exit_code", Kind.Int)],
        ["wait4"] = [new("process_id", Kind.Pid), new("status", Kind.Buffer), new("options", Kind.Hex), new("usage", Kind.Buffer)],
        ["waitid"] =
        [
            new("id_type", Kind.Int), new("id", Kind.Pid), new("information", Kind.Buffer), new("options", Kind.Hex),
            new("usage", Kind.Buffer),
        ],
        ["kill"] = [new("process_id", Kind.Pid), new("signal", Kind.Signal)],
        ["tkill"] = [new("thread_id", Kind.Pid), new("signal", Kind.Signal)],
        ["tgkill"] = [new("process_id", Kind.Pid), new("thread_id", Kind.Pid), new("signal", Kind.Signal)],
        ["pidfd_open"] = [new("process_id", Kind.Pid), new("flags", Kind.Hex)],
        ["pidfd_send_signal"] = [new("fd", Kind.Fd), new("signal", Kind.Signal), new("information", Kind.Buffer), new("flags", Kind.Hex)],
        ["pidfd_getfd"] = [new("fd", Kind.Fd), new("target_fd", Kind.Fd), new("flags", Kind.Hex)],
        ["rt_sigaction"] =
        [
            new("signal", Kind.Signal), new("action", Kind.Buffer), new("old_action", Kind.Buffer), new("signal_mask_size", Kind.Size),
        ],
        ["rt_sigprocmask"] =
        [
            new("how", Kind.Int), new("signal_mask", Kind.Buffer), new("old_signal_mask", Kind.Buffer),
            new("signal_mask_size", Kind.Size),
        ],
        ["ptrace"] = [new("request", Kind.Int), new("process_id", Kind.Pid), new("address", Kind.Hex), new("data", Kind.Hex)],
        ["process_vm_readv"] =
        [
            new("process_id", Kind.Pid), new("vectors", Kind.Buffer), new("vector_count", Kind.UInt),
            new("remote_vectors", Kind.Buffer), new("remote_vector_count", Kind.UInt), new("flags", Kind.Hex),
        ],
        ["prctl"] =
        [
            new("option", Kind.Int), new("argument2", Kind.Hex), new("argument3", Kind.Hex), new("argument4", Kind.Hex),
            new("argument5", Kind.Hex),
        ],
        ["prlimit64"] =
        [
            new("process_id", Kind.Pid), new("resource", Kind.Int), new("new_limit", Kind.Buffer), new("old_limit", Kind.Buffer),
        ],
        ["setuid"] = [new("user", Kind.Int)],
        ["setgid"] = [new("group", Kind.Int)],
        ["setpgid"] = [new("process_id", Kind.Pid), new("group_id", Kind.Pid)],
        ["sched_setaffinity"] = [new("process_id", Kind.Pid), new("size", Kind.Size), new("mask", Kind.Buffer)],
        ["sched_yield"] = [],
        ["nanosleep"] = [new("time", Kind.Buffer), new("remaining", Kind.Buffer)],
        ["clock_nanosleep"] = [new("clock", Kind.Int), new("flags", Kind.Hex), new("time", Kind.Buffer), new("remaining", Kind.Buffer)],
        ["futex"] =
        [
            new("address", Kind.Hex), new("operation", Kind.Int), new("value", Kind.UInt), new("timeout", Kind.Buffer),
            new("address2", Kind.Hex), new("value3", Kind.UInt),
        ],
        ["getrandom"] = [new("buffer", Kind.Buffer), new("size", Kind.Size), new("flags", Kind.Hex)],
        ["bpf"] = [new("command", Kind.Int), new("attributes", Kind.Buffer), new("size", Kind.Size)],
        ["perf_event_open"] =
        [
            new("attributes", Kind.Buffer), new("process_id", Kind.Pid), new("cpu", Kind.Int), new("group_fd", Kind.Fd),
            new("flags", Kind.Hex),
        ],
        ["seccomp"] = [new("operation", Kind.Int), new("flags", Kind.Hex), new("argument", Kind.Buffer)],
    };
}
