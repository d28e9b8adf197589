using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>Processors that are all busy, or one process that takes one whole.</summary>
internal sealed class BusyProcessors : IDetector
{
    private const double SaturatedPercent = 90;
    private const double RunawayPercent = 85;

    public Examination Examine(CaseFile file)
    {
        if (ProcessorTimes.Read(file.Command("cpu_total")) is not { } times)
        {
            return Examination.Nothing;
        }

        var processes = ProcessTicks.Read(file.Command("cpu_by_process"));
        var top = processes.Count > 0 ? processes[0] : null;
        var figures = $"cpu_total: {times.Processors} processors were {times.Busy:0} % busy over {ProcessTicks.Seconds:0} s (user {times.User:0} %, system {times.System:0} %, waiting for disks {times.IoWait:0} %, stolen {times.Steal:0} %).";
        var runaway = top is not null && top.Percent >= RunawayPercent;
        if (times.Busy < SaturatedPercent && !runaway)
        {
            return new Examination([], $"busy processors: {times.Busy:0} % of {times.Processors} processors in use over {ProcessTicks.Seconds:0} s (cpu_total)"
                + (top is null ? "" : $", the busiest process {top.Name} (pid {top.Pid}) at {top.Percent:0} % of one"));
        }

        var pointed = top is null ? 0 : file.PointsAt(top.Name, [top.Pid]);
        var performance = file.Kinds.HasFlag(IssueKind.Performance);
        var saturated = times.Busy >= SaturatedPercent;
        var dominant = top is not null && top.Percent >= 0.5 * times.Busy * times.Processors;
        var evidence = new List<string> { figures };
        if (processes.Count > 0)
        {
            evidence.Add("cpu_by_process: " + string.Join(", ", processes.Take(4).Select(p => $"{p.Name} (pid {p.Pid}) {p.Percent:0} %")) + " of one processor.");
        }

        // Nobody has it alone: the first four share the blame.
        var who = top is null ? ""
            : dominant || !saturated ? $"{top.Name} (pid {top.Pid}) uses {top.Percent:0} % of one processor"
            : $"{string.Join(", ", processes.Take(4).Select(p => $"{p.Name} (pid {p.Pid}) {p.Percent:0} %"))} of one processor use most of it";
        return new Examination(
        [
            new Finding
            {
                Cause = saturated
                    ? $"The processors are saturated: {times.Busy:0} % of {times.Processors} busy over {ProcessTicks.Seconds:0} s{(who.Length > 0 ? $"; {who}" : "")}{(dominant ? ", most of it." : ".")}"
                    : $"{who} while the host's {times.Processors} processors are {times.Busy:0} % busy: it runs without pause on one of them.",
                Evidence = evidence,
                Fix = top is null
                    ? ["See which processes run: `top`, `pidstat 1`.", "Move, limit or schedule the load, or add processors."]
                    :
                    [
                        $"See what {top.Name} (pid {top.Pid}) is doing: `perf top -p {top.Pid}`, its own log, its request rate; a loop without work to do is a fault of the program.",
                        "If the load is honest, spread it, limit it (CPUQuota, nice, fewer workers) or add processors.",
                    ],
                Confidence = performance && saturated && dominant ? Confidence.High : performance || pointed > 0 ? Confidence.Medium : Confidence.Low,
                Score = 15 + (performance ? 30 : 0) + pointed + (saturated ? 10 : 0) + (dominant ? 10 : 0),
            },
        ]);
    }
}
