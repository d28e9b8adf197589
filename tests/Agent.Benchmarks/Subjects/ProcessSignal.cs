using System.Globalization;
using System.Runtime.InteropServices;

namespace Sonde.Benchmarks.Subjects;

/// <summary>Signals to processes that this one started, and its own CPU.</summary>
internal static unsafe partial class ProcessSignal
{
    public const int Interrupt = 2;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    public static void Send(int process, int signal) => _ = kill(process, signal);

    /// <summary>The only child of a process.</summary>
    public static int ChildOf(int process) =>
        int.Parse(File.ReadAllText($"/proc/{process}/task/{process}/children").Trim(), CultureInfo.InvariantCulture);

    /// <summary>Pins the calling thread and those it starts.</summary>
    public static void PinTo(int cpu)
    {
        var mask = 1ul << cpu;
        if (sched_setaffinity(0, sizeof(ulong), &mask) != 0)
        {
            throw new InvalidOperationException($"pinning to CPU {cpu} failed: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_setaffinity(int process, nuint size, ulong* mask);
}
