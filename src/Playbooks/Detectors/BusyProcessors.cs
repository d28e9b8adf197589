using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>Processors that are all busy, or a process that runs without pause.</summary>
/// <remarks>
/// On a busy host a runaway gets what the others leave it: it is told by what it wants of a processor, used or waited for, not by its rank.
/// </remarks>
internal sealed class BusyProcessors : IDetector
{
    private const double SaturatedPercent = 90;
    private const double RunawayPercent = 85;
    private const double StarvedPercent = 10;
    private const int MostNamed = 6;

    // What looks is no part of what it looks at.
    private const string Agent = "sonde";

    public Examination Examine(CaseFile file)
    {
        if (ProcessorTimes.Read(file.Command("vitals")) is not { } times)
        {
            return Examination.Nothing;
        }

        var throttled = ThrottledCgroup.Members(file);
        var processes = ProcessTicks.Read(file.Command("cpu_by_process")).Where(p => !throttled.Contains(p.Pid) && p.Name != Agent).ToList();
        var saturated = times.Busy >= SaturatedPercent;
        // A quota or a stopped clock makes tasks wait as well: what waits counts only where the processors are taken.
        var heavy = processes.Where(p => (times.Busy >= SaturatedPercent - 10 ? Math.Max(p.Percent, p.Wanted) : p.Percent) >= RunawayPercent)
            .OrderByDescending(p => file.PointsAt(p.Name, [p.Pid])).Take(MostNamed).ToList();
        if (!saturated && heavy.Count == 0)
        {
            var busiest = processes.MaxBy(p => p.Percent);
            return Examination.RuledOutBy(file, $"busy processors: {times.Busy:0} % of {times.Processors} processors in use over 6 s (vitals)"
                + (busiest is null ? "" : $", the busiest process {busiest.Name} (pid {busiest.Pid}) at {busiest.Percent:0} % of one"), "vitals");
        }

        return Judge(file, times, processes, heavy, saturated).Alone();
    }

    private static Finding Judge(CaseFile file, ProcessorTimes times, List<ProcessTicks> processes, List<ProcessTicks> heavy, bool saturated)
    {
        var named = heavy.Count > 0 ? heavy : processes.Take(4).ToList();
        var main = named.Count > 0 ? named[0] : null;
        var pointed = named.Count == 0 ? 0 : named.Max(p => file.PointsAt(p.Name, [p.Pid]));
        var performance = file.Kinds.HasFlag(IssueKind.Performance);
        var asked = performance ? 30 : file.Kinds == IssueKind.Unknown ? 15 : 0;
        var all = processes.Sum(Share);
        // To free memory takes processors: where tasks stall for it, that comes first.
        var starved = file.Vitals?.Stalled("memory_some") is >= StarvedPercent;
        var dominant = heavy.Count == 1 && Share(heavy[0]) >= 0.5 * all;

        var evidence = new List<string>
        {
            $"vitals: {times.Processors} processors were {times.Busy:0} % busy over 6 s (user {times.User:0} %, system {times.System:0} %, waiting for disks {times.IoWait:0} %, stolen {times.Steal:0} %).",
        };
        if (processes.Count > 0)
        {
            evidence.Add("cpu_by_process: " + string.Join(", ", processes.Take(MostNamed).Select(Describe)) + ".");
        }

        var who = heavy.Count switch
        {
            0 when named.Count == 0 => "",
            0 => $"{string.Join(", ", named.Select(Describe))}: many share it, none runs without pause",
            1 => $"{Describe(heavy[0])}: it runs without pause",
            _ => $"{heavy.Count} processes run without pause: {string.Join(", ", heavy.Select(Describe))}",
        };
        return new Finding
        {
            Cause = saturated
                ? $"The processors are saturated: {times.Busy:0} % of {times.Processors} busy over 6 s{(who.Length > 0 ? $"; {who}" : "")}{(dominant ? ", and it has most of them." : ".")}"
                : $"{who}, while the host's {times.Processors} processors are {times.Busy:0} % busy.",
            Evidence = evidence,
            Fix = main is null
                ? ["See which processes run: `top`, `pidstat 1`.", "Move, limit or schedule the load, or add processors."]
                :
                [
                    $"See what {main.Name} (pid {main.Pid}) is doing: `perf top -p {main.Pid}`, its own log, its request rate; a loop without work to do is a fault of the program.",
                    "If the load is honest, spread it, limit it (CPUQuota, nice, fewer workers) or add processors.",
                ],
            Tied = pointed > 0,
            Confidence = heavy.Count > 0 && !starved && ((performance && dominant) || pointed >= 25) ? Confidence.High : performance || pointed > 0 ? Confidence.Medium : Confidence.Low,
            Score = 15 + asked + pointed + (saturated ? 10 : 0) + (heavy.Count > 0 ? 10 : 0) + (dominant ? 10 : 0) - (starved ? 30 : 0),
        };
    }

    private static double Share(ProcessTicks process) => Math.Max(process.Percent, process.Wanted);

    private static string Describe(ProcessTicks process) =>
        $"{process.Name} (pid {process.Pid}) used {process.Percent:0} %{(process.Wanted > process.Percent + 10 ? $" and wanted {process.Wanted:0} %" : "")} of one processor";
}
