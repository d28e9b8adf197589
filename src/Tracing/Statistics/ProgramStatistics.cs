using System.Runtime.InteropServices;
using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Statistics;

/// <summary>The figures of one program as the kernel counted them; exact, whatever was sampled.</summary>
internal static class ProgramStatistics
{
    private const int MostProcesses = 10;

    /// <summary>All figures.</summary>
    /// <param name="harvest">What the kernel counted.</param>
    /// <param name="candidate">What was attached.</param>
    /// <param name="inFlight">Records of calls in flight that count as matches: the kernel counts a call when it ends.</param>
    public static TraceStatistics Of(ProbeHarvest harvest, ProbeCandidate candidate, IReadOnlyList<byte[]> inFlight)
    {
        var matched = (long)harvest.Counters.Matched + inFlight.Count;
        var keys = candidate.IsKeyed ? new KeyStatistics(harvest, candidate, inFlight) : null;
        return new TraceStatistics
        {
            ByProcess = [.. Processes(harvest, inFlight)],
            ByKey = keys is null ? [] : [.. keys.ByKey(matched)],
            ByKeyAndProcess = keys is { IsByProcess: true } ? [.. keys.ByKeyAndProcess()] : null,
            LatencyUs = candidate.IsAnyPaired ? LatencyStatistics.Figures(harvest.Counters) : null,
            LatencyHistogram = candidate.IsAnyPaired ? LatencyStatistics.Histogram(harvest.Counters) : null,
            Errors = harvest.Errors.OrderByDescending(error => error.Value).ToDictionary(error => Errno.Name(error.Key), error => error.Value),
            PerSecond = Seconds(harvest, inFlight),
        };
    }

    private static IEnumerable<ProcessCount> Processes(ProbeHarvest harvest, IReadOnlyList<byte[]> inFlight)
    {
        var all = harvest.ByProcess.ToDictionary(process => process.ProcessId);
        foreach (var record in inFlight)
        {
            ref readonly var header = ref MemoryMarshal.AsRef<WireRecord>(record.AsSpan());
            var (name, count) = all.TryGetValue((int)header.Pid, out var known) ? (known.Name, known.Count) : (Text.FromKernel(header.Comm), 0);
            all[(int)header.Pid] = ((int)header.Pid, name, count + 1);
        }

        var ordered = all.Values.OrderByDescending(process => process.Count).ToList();
        foreach (var (pid, name, count) in ordered.Take(MostProcesses))
        {
            yield return new ProcessCount(pid, name, count);
        }

        var rest = ordered.Skip(MostProcesses).Sum(process => process.Count) + (long)harvest.Counters.OtherProcesses;
        if (rest > 0)
        {
            yield return new ProcessCount(0, "other", rest);
        }
    }

    private static long[] Seconds(ProbeHarvest harvest, IReadOnlyList<byte[]> inFlight)
    {
        var seconds = new List<long>(harvest.PerSecond);
        foreach (var record in inFlight)
        {
            var began = MemoryMarshal.AsRef<WireRecord>(record.AsSpan()).TimeNs;
            var second = (int)Math.Min((began - Math.Min(began, harvest.StartNs)) / 1_000_000_000, Wire.Seconds - 1);
            CollectionsMarshal.SetCount(seconds, Math.Max(seconds.Count, second + 1));
            seconds[second]++;
        }

        return [.. seconds];
    }
}
