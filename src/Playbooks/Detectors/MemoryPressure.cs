using System.Globalization;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>Too little memory left, or tasks that stall for want of it.</summary>
internal sealed class MemoryPressure : IDetector
{
    private const double LittlePercent = 5;
    private const double StalledPercent = 10;
    private const double PlentyPercent = 15;

    // Pages a second: four mebibytes.
    private const double MuchSwapping = 1000;

    public Examination Examine(CaseFile file)
    {
        var total = Value(file, "MemTotal") ?? file.Host.Memory?.TotalMib * 1024;
        var available = Value(file, "MemAvailable") ?? file.Host.Memory?.AvailableMib * 1024;
        if (total is not > 0 || available is null)
        {
            return Examination.Nothing;
        }

        var share = 100.0 * available.Value / total.Value;
        var stalled = Stalled(file);
        var figures = $"{available / 1024} of {total / 1024} MiB available ({share:0.#} %)" + (stalled is null ? "" : $", tasks stalled for memory {stalled:0.#} % of the last seconds");
        var swapping = (file.Vitals?.Rate("pswpin") ?? 0) + (file.Vitals?.Rate("pswpout") ?? 0);
        if (share >= LittlePercent && stalled is null or < StalledPercent && swapping < MuchSwapping)
        {
            return new Examination([], $"want of memory: {figures}");
        }

        var related = (file.Kinds & (IssueKind.Memory | IssueKind.Performance)) != 0;

        // Stalls on a host with room to spare come from the limit of some control group: its own detector names it.
        var plenty = share >= PlentyPercent && swapping < MuchSwapping;
        var largest = file.Largest;
        var evidence = new List<string> { $"{(Value(file, "MemTotal") is null ? "host" : file.Command("memory") is null ? "vitals" : "memory")}: {figures}." };
        if (largest is { } most)
        {
            evidence.Add($"processes: the largest is {most.Name} (pid {most.Pid}) with {most.Kib / 1024} MiB resident.");
        }

        evidence.AddRange(file.Ran("mm_vmscan_direct_reclaim_begin").Where(p => p.Result.EventCount > 0)
            .Select(p => $"{p.Key}: processes had to free memory themselves {p.Result.EventCount} times in {p.Window}."));

        if (file.Vitals is { } vitals)
        {
            evidence.Add($"vitals: {vitals.Rate("pgscan_direct") + vitals.Rate("pgscan_kswapd"):0} pages a second scanned for reclaim, {vitals.Rate("pswpin"):0} swapped in and {vitals.Rate("pswpout"):0} out, "
                + $"{vitals.Rate("workingset_refault*"):0} read again shortly after they had been taken away, over {vitals.Seconds:0.#} s.");
        }

        return new Examination(
        [
            new Finding
            {
                Cause = $"{(plenty ? "Tasks stall for memory, though the host has enough: some control group is at its limit" : "The host is short of memory")}{(swapping >= MuchSwapping ? " and swaps" : "")}: {figures}{(swapping >= MuchSwapping ? $", {swapping:0} pages a second swapped in and out" : "")}{(largest is { } l ? $"; the largest process is {l.Name} (pid {l.Pid})" : "")}.",
                Evidence = evidence,
                Fix =
                [
                    "See whether the largest process needs what it holds, or leaks: watch its VmRSS over time.",
                    "Cap it (its own cache and heap settings, MemoryMax), move it, or add memory; swap only delays it.",
                ],
                Confidence = plenty ? Confidence.Low : related && (stalled is >= StalledPercent || swapping >= MuchSwapping) ? Confidence.High : related ? Confidence.Medium : Confidence.Low,
                Score = 20 + (related ? 25 : 0) + (stalled is >= StalledPercent ? 20 : 0) + (swapping >= MuchSwapping ? 15 : 0) + (share < LittlePercent ? 10 : 0) - (plenty ? 20 : 0),
            },
        ]);
    }

    private static long? Value(CaseFile file, string field)
    {
        foreach (var line in ((file.Command("memory") ?? file.Command("vitals"))?.Stdout ?? "").Split('\n'))
        {
            if (line.StartsWith(field + ":", StringComparison.Ordinal)
                && long.TryParse(line[(field.Length + 1)..].Replace("kB", "", StringComparison.Ordinal).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var kib))
            {
                return kib;
            }
        }

        return null;
    }

    // Over the seconds just seen where the counters are there; the kernel's own average trails behind.
    private static double? Stalled(CaseFile file) => file.Vitals?.Stalled("memory_some") ?? file.Host.Pressure?.Memory?.SomeAvg10;
}
