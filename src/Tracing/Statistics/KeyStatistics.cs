using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Statistics;

/// <summary>Matches by the target's natural key: the kernel's counts by bytes, read as text, keys of one text together.</summary>
internal sealed class KeyStatistics
{
    private const int MostKeys = 10;
    private const int MostErrors = 4;

    private readonly Dictionary<(string Key, int ProcessId), Figures> _counted = [];
    private readonly Dictionary<int, string> _names;
    private readonly ProbeCandidate _candidate;

    public KeyStatistics(ProbeHarvest harvest, ProbeCandidate candidate, IReadOnlyList<byte[]> inFlight)
    {
        _candidate = candidate;
        _names = harvest.ByProcess.ToDictionary(process => process.ProcessId, process => process.Name);
        foreach (var (bytes, count) in harvest.ByKey)
        {
            Of(bytes).Add(count);
        }

        foreach (var record in inFlight)
        {
            if (candidate.KeyOf(PartOf(record)) is { } key)
            {
                Of(key.Of(record)).Count++;
            }
        }

        foreach (var (bytes, count) in harvest.KeyErrors)
        {
            var errors = Of(bytes).Errors;
            var name = Errno.Name((int)bytes.Error);
            errors[name] = errors.GetValueOrDefault(name) + count;
        }
    }

    public bool IsByProcess => _candidate.Parts.Any(part => _candidate.KeyOf(part) is { ByProcess: true });

    /// <summary>Commonest keys first; the rest of <paramref name="matched"/> under <c>other</c>.</summary>
    public IEnumerable<KeyCount> ByKey(long matched)
    {
        var ordered = _counted.GroupBy(one => one.Key.Key, one => one.Value)
            .Select(group => (Key: group.Key, Figures: Figures.Sum(group)))
            .OrderByDescending(one => one.Figures.Count)
            .ToList();
        foreach (var (key, figures) in ordered.Take(MostKeys))
        {
            matched -= figures.Count;
            yield return Counted(key, figures);
        }

        if (matched > 0)
        {
            yield return new KeyCount("other", matched);
        }
    }

    /// <summary>Commonest pairs of a key and a process first.</summary>
    public IEnumerable<KeyCount> ByKeyAndProcess() => _counted
        .OrderByDescending(one => one.Value.Count)
        .Take(MostKeys)
        .Select(one => Counted(one.Key.Key, one.Value) with { ProcessId = one.Key.ProcessId, ProcessName = _names.GetValueOrDefault(one.Key.ProcessId) ?? "" });

    private ProbePart PartOf(ReadOnlySpan<byte> record) => _candidate.Parts[new RawEvent(record, default).Header.Part];

    private Figures Of(in WireKey bytes)
    {
        var part = _candidate.Parts[(int)bytes.Part];
        var text = _candidate.Pattern is null ? _candidate.KeyOf(part)!.Text(bytes, part.Layout) : $"target={part.Target}";
        var id = (text, (int)bytes.Pid);
        if (!_counted.TryGetValue(id, out var figures))
        {
            _counted[id] = figures = new Figures();
        }

        return figures;
    }

    private static KeyCount Counted(string key, Figures figures) => new(key, figures.Count)
    {
        Errors = figures.Errors.Count == 0 ? null : figures.Errors.OrderByDescending(error => error.Value).Take(MostErrors).ToDictionary(),
        MeanUs = figures.Returned > 0 ? EventDecoder.Microseconds(figures.LatencySumNs / figures.Returned) : null,
        MaxUs = figures.Returned > 0 ? EventDecoder.Microseconds(figures.LatencyMaxNs) : null,
    };

    private sealed class Figures
    {
        public long Count { get; set; }

        /// <summary>So many make up the latency.</summary>
        public ulong Returned { get; private set; }

        public ulong LatencySumNs { get; private set; }

        public ulong LatencyMaxNs { get; private set; }

        public Dictionary<string, long> Errors { get; } = [];

        public void Add(in WireKeyCount count)
        {
            Count += (long)count.Count;
            Returned += count.Returned;
            LatencySumNs += count.LatencySumNs;
            LatencyMaxNs = Math.Max(LatencyMaxNs, count.LatencyMaxNs);
        }

        public static Figures Sum(IEnumerable<Figures> all)
        {
            var sum = new Figures();
            foreach (var one in all)
            {
                sum.Count += one.Count;
                sum.Returned += one.Returned;
                sum.LatencySumNs += one.LatencySumNs;
                sum.LatencyMaxNs = Math.Max(sum.LatencyMaxNs, one.LatencyMaxNs);
                foreach (var (name, count) in one.Errors)
                {
                    sum.Errors[name] = sum.Errors.GetValueOrDefault(name) + count;
                }
            }

            return sum;
        }
    }
}
