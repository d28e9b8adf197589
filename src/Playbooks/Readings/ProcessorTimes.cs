using System.Globalization;
using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>Shares of processor time between two readings of <c>/proc/stat</c>, in percent of all processors.</summary>
/// <param name="Busy">Neither idle nor waiting for a disk.</param>
/// <param name="User">User mode, niced included.</param>
/// <param name="System">Kernel, interrupts included.</param>
/// <param name="IoWait">Idle with a disk request under way.</param>
/// <param name="Steal">Taken by the hypervisor.</param>
/// <param name="Processors">Online.</param>
internal sealed record ProcessorTimes(double Busy, double User, double System, double IoWait, double Steal, int Processors)
{
    /// <summary>Null where the two readings are not there.</summary>
    public static ProcessorTimes? Read(CommandResult? command)
    {
        var lines = (command?.Stdout ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var totals = lines.Where(l => l.StartsWith("cpu ", StringComparison.Ordinal)).Select(Ticks).ToList();
        if (totals.Count < 2 || totals[0].Length < 8 || totals[1].Length < 8)
        {
            return null;
        }

        // user nice system idle iowait irq softirq steal; guest times are part of user.
        var spent = totals[1].Zip(totals[0], (after, before) => (double)Math.Max(0, after - before)).Take(8).ToArray();
        var all = spent.Sum();
        if (all <= 0)
        {
            return null;
        }

        double Share(params int[] columns) => 100 * columns.Sum(c => spent[c]) / all;
        var processors = lines.Where(l => l.StartsWith("cpu", StringComparison.Ordinal) && l.Length > 3 && char.IsAsciiDigit(l[3])).Select(l => l.Split(' ')[0]).Distinct().Count();
        return new ProcessorTimes(100 - Share(3, 4), Share(0, 1), Share(2, 5, 6), Share(4), Share(7), Math.Max(1, processors));
    }

    private static long[] Ticks(string line) =>
        [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(t => long.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0)];
}

/// <summary>Processor ticks that one process used between the two looks of the <c>cpu_by_process</c> step.</summary>
internal sealed record ProcessTicks(int Pid, string Name, long Ticks)
{
    /// <summary>Between the looks.</summary>
    public const double Seconds = 6;

    // USER_HZ is 100 on every architecture that Linux runs servers on.
    private const double TicksPerSecond = 100;

    /// <summary>Percent of one processor.</summary>
    public double Percent => 100 * Ticks / (Seconds * TicksPerSecond);

    /// <summary>Busiest first.</summary>
    public static IReadOnlyList<ProcessTicks> Read(CommandResult? command) =>
    [
        .. (command?.Stdout ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split(' ', 3))
            .Where(f => f.Length == 3 && long.TryParse(f[0], out _) && int.TryParse(f[1], out _))
            .Select(f => new ProcessTicks(int.Parse(f[1], CultureInfo.InvariantCulture), f[2], long.Parse(f[0], CultureInfo.InvariantCulture)))
            .OrderByDescending(t => t.Ticks),
    ];
}
