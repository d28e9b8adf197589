using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>The clocks that BPF and people use.</summary>
internal static unsafe partial class KernelClock
{
    private const int CLOCK_REALTIME = 0;
    private const int CLOCK_MONOTONIC = 1;
    private const int MEMBARRIER_CMD_GLOBAL = 1;

    /// <summary><c>CLOCK_MONOTONIC</c> in nanoseconds, as <c>bpf_ktime_get_ns</c> tells it.</summary>
    public static long MonotonicNs => Read(CLOCK_MONOTONIC);

    /// <summary>What to add to a monotonic time to get nanoseconds since the Unix epoch: the tightest of a few readings.</summary>
    public static long EpochOffsetNs()
    {
        var best = long.MaxValue;
        var offset = 0L;
        for (var i = 0; i < 5; i++)
        {
            var before = Read(CLOCK_MONOTONIC);
            var wall = Read(CLOCK_REALTIME);
            var after = Read(CLOCK_MONOTONIC);
            if (after - before < best)
            {
                best = after - before;
                offset = wall - (before + (after - before) / 2);
            }
        }

        return offset;
    }

    /// <summary>
    /// Returns once every CPU has passed a quiescent state, so that each BPF program that was running when this was called has ended.
    /// False where the kernel can't (<c>nohz_full</c>).
    /// </summary>
    public static bool WaitForRunningPrograms() => syscall(SyscallNumbers.Membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0;

    private static long Read(int clock)
    {
        Timespec time;
        return clock_gettime(clock, &time) == 0 ? time.tv_sec * 1_000_000_000 + time.tv_nsec : 0;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, Timespec* time);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, int command, uint flags, int cpu);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long tv_sec;
        public long tv_nsec;
    }
}
