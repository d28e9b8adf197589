using Sonde.Interop;

namespace Sonde.Kernel;

/// <summary>Whether this kernel lets one thread take the processor from another in the middle of kernel code.</summary>
internal static class Preemption
{
    private static readonly Lazy<bool> Found = new(() => Stops(Mode(), ReadText("/proc/sys/kernel/version") ?? ""));

    /// <summary>
    /// Whether a program on a trampoline can be stopped half-way for another thread. The kernel skips a program that is already running on
    /// a processor (<c>__bpf_prog_enter_recur</c> in kernel/bpf/trampoline.c), so that thread's own hits are then missed. Programs on
    /// kprobes and tracepoints run with preemption off.
    /// </summary>
    public static bool StopsPrograms => Found.Value;

    /// <summary>The rule, from what the kernel tells.</summary>
    /// <param name="mode">The scheduler's list of modes with the present one in parentheses, <c>none voluntary (full) lazy</c>; null where it isn't told.</param>
    /// <param name="version">As <c>uname -v</c> prints it.</param>
    public static bool Stops(string? mode, string version)
    {
        if (mode is not null)
        {
            return mode.Contains("(full)", StringComparison.Ordinal) || mode.Contains("(lazy)", StringComparison.Ordinal);
        }

        // Built for one mode alone; of a kernel that chooses at boot (PREEMPT_DYNAMIC) the choice is not known then.
        return version.Split(' ').Any(word => word is "PREEMPT" or "PREEMPT_RT" or "PREEMPT_LAZY");
    }

    private static string? Mode()
    {
        const string file = "sched/preempt";
        if (ReadText("/sys/kernel/debug/" + file) is { } mode)
        {
            return mode;
        }

        var mount = DetachedMount.Create("debugfs", out _, out _);
        if (mount < 0)
        {
            return null;
        }

        try
        {
            return ReadText($"/proc/self/fd/{mount}/{file}");
        }
        finally
        {
            FileDescriptor.Close(mount);
        }
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
