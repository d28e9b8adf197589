using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>perf events, of the one kind that tracepoint programs attach to.</summary>
internal static unsafe partial class PerfEvent
{
    private const long PERF_FLAG_FD_CLOEXEC = 8;

    /// <summary>A perf event on a tracepoint, for all processes. Negative with the errno when the kernel refuses.</summary>
    public static int OpenTracepoint(int id, out int errno)
    {
        var attributes = new PerfEventAttr
        {
            type = LibBpf.PERF_TYPE_TRACEPOINT,
            size = (uint)sizeof(PerfEventAttr),
            config = (ulong)id,
            sample_period = 1,
            wakeup_events = 1,
        };

        // A tracepoint's program runs on every CPU, whichever CPU its event is opened on.
        var fd = (int)syscall(SyscallNumbers.PerfEventOpen, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
        errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        return fd;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, PerfEventAttr* attributes, int pid, int cpu, int group, long flags);

    /// <summary>The first published size of <c>struct perf_event_attr</c> (PERF_ATTR_SIZE_VER0), which every kernel takes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PerfEventAttr
    {
        public uint type;
        public uint size;
        public ulong config;
        public ulong sample_period;
        public ulong sample_type;
        public ulong read_format;
        public ulong flags;
        public uint wakeup_events;
        public uint bp_type;
        public ulong config1;
    }
}
