using Microsoft.Win32.SafeHandles;

namespace Sonde.Interop;

/// <summary>The kernel's own clock over BPF programs: while one of these is open, every run of every program is timed (about 20 ns each).</summary>
internal static unsafe class BpfStatistics
{
    private const int BPF_STATS_RUN_TIME = 0;

    /// <summary>Switches it on until the handle is closed. Null with the errno when the kernel refuses: before 5.8, or without CAP_SYS_ADMIN.</summary>
    public static SafeFileHandle? Enable(out int errno)
    {
        var fd = LibBpf.bpf_enable_stats(BPF_STATS_RUN_TIME);
        errno = fd < 0 ? -fd : 0;
        return fd < 0 ? null : new SafeFileHandle(fd, ownsHandle: true);
    }

    /// <summary>What the kernel timed of one program so far; null where it doesn't tell.</summary>
    public static (ulong RunTimeNs, ulong Runs, ulong Misses)? Of(nint program)
    {
        LibBpf.BpfProgramInfo info = default;
        var length = (uint)sizeof(LibBpf.BpfProgramInfo);
        return LibBpf.bpf_obj_get_info_by_fd(LibBpf.bpf_program__fd(program), &info, &length) == 0
            ? (info.run_time_ns, info.run_cnt, info.recursion_misses)
            : null;
    }
}
