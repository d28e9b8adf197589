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

/// <summary>The <c>cpu_by_process</c> step: what one process used of the processors between two looks, and what it wanted.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Name">Its name.</param>
/// <param name="Percent">Of one processor, used.</param>
/// <param name="Wanted">Of one processor, used or waited for in the queue by all its threads; 0 where the kernel does not account for it.</param>
internal sealed record ProcessTicks(int Pid, string Name, double Percent, double Wanted)
{
    // USER_HZ is 100 on every architecture that Linux runs servers on.
    private const double TicksPerSecond = 100;

    /// <summary>The one that wants most first.</summary>
    public static IReadOnlyList<ProcessTicks> Read(CommandResult? command)
    {
        var seconds = OutputLines.Tagged(command, "seconds", 2).Select(w => double.TryParse(w[^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var s) ? s : 0).FirstOrDefault();
        return seconds <= 0 ? [] :
        [
            .. OutputLines.Tagged(command, "used", 5).Where(w => w.Length == 5)
                .Select(w => new ProcessTicks(
                    (int)OutputLines.Number(w[1]), w[4].Trim(), 100 * OutputLines.Number(w[2]) / (seconds * TicksPerSecond), OutputLines.Number(w[3]) / (seconds * 10)))
                .OrderByDescending(t => Math.Max(t.Percent, t.Wanted)),
        ];
    }
}
