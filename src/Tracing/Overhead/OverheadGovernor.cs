using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Sonde.Interop;
using Sonde.Kernel;

namespace Sonde.Tracing.Overhead;

/// <summary>
/// Watches what the programs of a session cost, twice a second, and acts on those that cost too much. Runs in the session's thread. The
/// kernel's clock itself costs more than a lean program does, so that it is on for a short while only, and only while something is hot.
/// </summary>
internal sealed class OverheadGovernor : IDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Timed = TimeSpan.FromMilliseconds(20);

    // Below this share of the budget the cost is known well enough from the hits.
    private const double WorthTiming = 0.25;

    // A quiet program is timed a few times, so that its result has a figure, and then left alone.
    private const int MostTrials = 3;

    private readonly OverheadBudget _budget;
    private readonly Dictionary<ProgramTrace, Watch> _watches = [];
    private SafeFileHandle? _clock;
    private string? _refused;
    private long _nextNs;

    public OverheadGovernor(OverheadBudget budget) => _budget = budget;

    /// <summary>When it wants to look again, on the monotonic clock.</summary>
    public long DueNs => _nextNs;

    /// <summary>Does what is due now.</summary>
    /// <param name="running">The programs whose windows are open.</param>
    /// <param name="nowNs">Monotonic.</param>
    public void Tick(IEnumerable<ProgramTrace> running, long nowNs)
    {
        if (_nextNs == 0)
        {
            _nextNs = nowNs + First.Ticks * 100;
        }

        if (nowNs < _nextNs)
        {
            return;
        }

        var traces = running.ToList();
        if (_clock is null)
        {
            Check(traces, nowNs);
            _nextNs = nowNs + Interval.Ticks * 100;
            if (_refused is null && traces.Exists(trace => IsWorthTiming(_watches[trace])))
            {
                BeginTiming(traces, nowNs);
            }
        }
        else
        {
            EndTiming(traces);
            _nextNs = nowNs + (Interval - Timed).Ticks * 100;
        }
    }

    /// <summary>The meter of a program, for its result; null when it was never looked at.</summary>
    public OverheadMeter? MeterOf(ProgramTrace trace) => _watches.GetValueOrDefault(trace)?.Meter;

    public void Dispose() => _clock?.Dispose();

    private void Check(List<ProgramTrace> traces, long nowNs)
    {
        foreach (var trace in traces)
        {
            var watch = WatchOf(trace, nowNs);
            var hits = trace.ReadHits();
            watch.Seconds = (nowNs - watch.SeenNs) / 1e9;
            watch.Meter.Observe(hits - watch.Hits, watch.Seconds);
            (watch.Hits, watch.SeenNs) = (hits, nowNs);
        }

        // What is over the round's budget is taken from the costliest.
        var excess = traces.Sum(trace => _watches[trace].Meter.Percent) - _budget.RoundPercent;
        var costliest = traces.MaxBy(trace => _watches[trace].Meter.Percent);
        foreach (var trace in traces)
        {
            var watch = _watches[trace];
            var limit = trace == costliest && excess > 0 ? Math.Min(_budget.ProgramPercent, Math.Max(0, watch.Meter.Percent - excess)) : _budget.ProgramPercent;
            Act(trace, watch, watch.Meter.Decide(limit, watch.Seconds));
        }
    }

    private void Act(ProgramTrace trace, Watch watch, OverheadStep step)
    {
        var meter = watch.Meter;
        var cost = string.Create(CultureInfo.InvariantCulture, $"{meter.Percent:0.#} % of one CPU ({meter.NsPerHit:0} ns a hit{(meter.IsMeasured ? "" : ", assumed")})");
        var limit = meter.Percent > _budget.ProgramPercent
            ? string.Create(CultureInfo.InvariantCulture, $"the budget of {_budget.ProgramPercent:0.###} %")
            : string.Create(CultureInfo.InvariantCulture, $"what the round's budget of {_budget.RoundPercent:0.###} % left it");
        switch (step)
        {
            case OverheadStep.Quieten:
                trace.Quieten($"it cost {cost}, more than {limit}: from then on matches were counted and no more sent as single events");
                break;
            case OverheadStep.Detach:
                trace.DetachEarly($"it cost {cost}, more than {limit}: it was detached early, with all that it had");
                break;
        }
    }

    private bool IsWorthTiming(Watch watch) =>
        watch.Meter.Percent > _budget.ProgramPercent * WorthTiming || (!watch.Meter.IsMeasured && watch.Meter.Percent > 0 && watch.Timings < MostTrials);

    private void BeginTiming(List<ProgramTrace> traces, long nowNs)
    {
        _clock = BpfStatistics.Enable(out var errno);
        if (_clock is null)
        {
            _refused = $"the kernel refused to time BPF programs ({Errno.Name(errno)}; it takes CAP_SYS_ADMIN): what they cost is estimated from their hits";
            traces.ForEach(trace => trace.AddNote(_refused));
            return;
        }

        foreach (var trace in traces)
        {
            var watch = _watches[trace];
            (watch.TimedHits, watch.TimedNs) = (trace.ReadHits(), trace.RunTimeNs);
            watch.Timings++;
        }

        _nextNs = nowNs + Timed.Ticks * 100;
    }

    private void EndTiming(List<ProgramTrace> traces)
    {
        foreach (var trace in traces)
        {
            if (_watches.TryGetValue(trace, out var watch))
            {
                watch.Meter.Measure(trace.RunTimeNs - watch.TimedNs, trace.ReadHits() - watch.TimedHits);
            }
        }

        _clock!.Dispose();
        _clock = null;
    }

    private Watch WatchOf(ProgramTrace trace, long nowNs)
    {
        if (!_watches.TryGetValue(trace, out var watch))
        {
            _watches[trace] = watch = new Watch(new OverheadMeter(trace.SendsEvents)) { SeenNs = trace.StartNs };
        }

        return watch;
    }

    private sealed class Watch(OverheadMeter meter)
    {
        public OverheadMeter Meter { get; } = meter;

        public long Hits { get; set; }

        public long SeenNs { get; set; }

        public double Seconds { get; set; }

        public int Timings { get; set; }

        public long TimedHits { get; set; }

        public ulong TimedNs { get; set; }
    }
}
