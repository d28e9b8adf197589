using System.Globalization;

namespace Sonde.Kernel;

/// <summary>How many threads the host has.</summary>
internal static class ThreadCount
{
    /// <summary>The threads of all processes and of the kernel at this moment; null where /proc does not tell.</summary>
    public static uint? Now()
    {
        try
        {
            return Parse(File.ReadAllText("/proc/loadavg"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>From <c>/proc/loadavg</c>: three loads, then <c>runnable/all</c>, then the last pid.</summary>
    public static uint? Parse(string loads) =>
        loads.Split(' ') is [_, _, _, var threads, ..]
        && threads.Split('/') is [_, var all]
        && uint.TryParse(all, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : null;
}
