using System.Globalization;
using System.Runtime.InteropServices;
using Sonde.Interop;
using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Overhead;
using Sonde.Tracing.Probes;
using Sonde.Tracing.Stacks;
using Sonde.Tracing.Statistics;
using Sonde.Tracing.Targets;

namespace Sonde.Tracing;

/// <summary>One attached program from the opening of its window to its result. Driven by the session's reader thread.</summary>
internal sealed class ProgramTrace : IDisposable
{
    // Fewer calls have no 99th percentile worth the name.
    private const ulong FewestForSlow = 1000;

    private const long ProgressNs = 500_000_000;

    private readonly Probe _probe;
    private readonly ITraceSink? _sink;
    private readonly EventDecoder _decoder;
    private readonly EventSample _sample = new();
    private readonly ProgramStacks? _stacks;
    private readonly long _epochOffsetNs;
    private readonly List<string> _overheadNotes = [];
    private long _delivered;
    private long _toldNs;
    private long _startNs;
    private long _endNs;
    private ProbeProof _proof;
    private Task? _detaching;

    public ProgramTrace(string key, ProgramRequest request, Probe probe, ITraceSink? sink, long epochOffsetNs)
    {
        Key = key;
        Request = request;
        _probe = probe;
        _sink = sink;
        _epochOffsetNs = epochOffsetNs;
        _decoder = new EventDecoder(probe.Candidate.Parts.Select(part => part.Layout), epochOffsetNs);
        _stacks = request.Stack ? new ProgramStacks(probe.Candidate) : null;
    }

    public string Key { get; }

    public ProgramRequest Request { get; }

    public string Attached => _probe.Candidate.Attached;

    /// <summary>Monotonic time at which the window is to end.</summary>
    public long DeadlineNs { get; private set; } = long.MaxValue;

    /// <summary>Whether the window is over and nothing of it runs in the kernel any more: what is in the ring is all there will be.</summary>
    public bool IsQuiet => _detaching?.IsCompleted == true;

    public bool IsClosing => _detaching is not null;

    /// <summary>Begins the window.</summary>
    public void Open(long nowNs)
    {
        _startNs = nowNs;
        DeadlineNs = nowNs + (long)(Request.Duration * 1e9);
        _probe.Open(nowNs);
    }

    /// <summary>Ends the window; detaching goes on in the background, since each link may take the kernel a grace period.</summary>
    public void BeginClose()
    {
        if (ReadHits() == 0 && SelfTest.TryHit(_probe.Candidate))
        {
            _proof = ReadHits() > 0 ? ProbeProof.Seen : ProbeProof.NotSeen;
        }

        _probe.Close();
        _endNs = KernelClock.MonotonicNs;
        _detaching = Task.Run(() =>
        {
            // A program that saw the window open may still be running: its record is part of the window.
            KernelClock.WaitForRunningPrograms();
            _probe.Detach();
        });
    }

    /// <summary>Monotonic time at which the window began.</summary>
    public long StartNs => _startNs;

    /// <summary>Whether single events travel at all.</summary>
    public bool SendsEvents => Request.Aggregate != Aggregation.Counts;

    /// <summary>What the kernel timed of its programs so far.</summary>
    public ulong RunTimeNs => _probe.RunTimeNs;

    /// <summary>Hits so far, wanted or not; calls in flight are none yet. Tells the programs by the way which calls are slow by now.</summary>
    public long ReadHits()
    {
        var counters = ProbeHarvest.CountersOf(_probe);
        if (counters.LatencyCount >= FewestForSlow)
        {
            _probe.PreferFrom(LatencyStatistics.PercentileNs(counters, 0.99));
        }

        return (long)(counters.Matched + counters.Filtered);
    }

    /// <summary>No more single events; the result says why.</summary>
    public void Quieten(string why)
    {
        _probe.Quieten();
        AddNote($"{AfterStart()}: {why}");
    }

    /// <summary>Ends the window before its time; the result says why.</summary>
    public void DetachEarly(string why)
    {
        BeginClose();
        AddNote($"{AfterStart()}: {why}");
    }

    /// <summary>Adds to the result's notes.</summary>
    public void AddNote(string note) => _overheadNotes.Add(note);

    /// <summary>Tells a sink that wants it how the program is doing, at most twice a second.</summary>
    public void TellProgress(long nowNs)
    {
        if (_sink is { WantsProgress: true } && !IsClosing && nowNs - _toldNs >= ProgressNs)
        {
            _toldNs = nowNs;
            var harvest = ProbeHarvest.SoFar(_probe);
            var counters = harvest.Counters;
            var counts = new EventCounts
            {
                Matched = (long)counters.Matched,
                Filtered = (long)counters.Filtered,
                Delivered = _delivered,
                SampledOut = (long)counters.SampledOut,
                Lost = (long)counters.Lost,
                Missed = harvest.Missed,
            };
            _sink.OnProgress(new TraceProgress(Key, TimeSpan.FromTicks((nowNs - _startNs) / 100), counts, ProgramStatistics.Of(harvest, _probe.Candidate, [])));
        }
    }

    /// <summary>Takes one record of this program from the ring.</summary>
    public void OnRecord(ReadOnlySpan<byte> record)
    {
        _delivered++;
        _sample.Add(record);
        _stacks?.OnRecord(record);
        _sink?.OnRecord(Key, _decoder, record, _endNs);
    }

    /// <summary>The result, once <see cref="IsQuiet"/> and the ring is drained. The kernel side isn't needed any more; names of stacks take longer.</summary>
    /// <param name="meter">What was measured of its cost, if anything.</param>
    public Task<ProgramResult> Complete(OverheadMeter? meter)
    {
        var result = CompleteFigures(meter);
        if (_stacks is null)
        {
            return Task.FromResult(result);
        }

        var counted = CountedStack.ReadAll(_probe.Object);
        return Task.Run(() =>
        {
            var report = _stacks.Name(counted, result.EventCount);
            return result with
            {
                Stacks = report.Commonest(),
                FoldedStacks = string.Concat(report.Stacks.Select(static stack => stack.Folded() + "\n")),
                Notes = [.. result.Notes, .. report.Notes],
            };
        });
    }

    public void Dispose() => _probe.Dispose();

    private ProgramResult CompleteFigures(OverheadMeter? meter)
    {
        var harvest = ProbeHarvest.Of(_probe);
        var counts = Account(harvest, out var inFlight);
        var figures = ProgramStatistics.Of(harvest, _probe.Candidate, inFlight);
        var seconds = Math.Max(0, _endNs - _startNs) / 1e9;
        return new ProgramResult
        {
            ProgramName = Request.Name,
            Type = Request.Type,
            Target = Request.Target,
            Attached = Attached,
            StartTime = Time(_startNs),
            EndTime = Time(_endNs),
            EventCount = counts.Matched,
            Counts = counts,
            Events = [.. _sample.Choose(Request.MaxEvents).Select(record => _decoder.Decode(record, _endNs))],
            Statistics = figures,
            Summary = SummaryWriter.Write(Attached, seconds, counts, figures, _proof),
            Cost = meter is { IsMeasured: true } || (meter is not null && _overheadNotes.Count > 0) ? CostOf(meter, counts, seconds) : null,
            Notes = [.. Request.Notes, .. _overheadNotes, .. _probe.Notes, .. Skipped(harvest)],
        };
    }

    private static ProgramCost CostOf(OverheadMeter meter, EventCounts counts, double seconds)
    {
        var hits = counts.Matched + counts.Filtered;
        var percent = seconds > 0 ? hits * meter.NsPerHit / (seconds * 1e9) * 100 : 0;
        return new ProgramCost(Math.Round(percent, 2), Math.Round(meter.NsPerHit), hits) { Estimated = meter.IsMeasured ? null : true };
    }

    private string AfterStart() => string.Create(CultureInfo.InvariantCulture, $"after {(KernelClock.MonotonicNs - _startNs) / 1e9:0.0} s");

    private IEnumerable<string> Skipped(ProbeHarvest harvest)
    {
        var unsure = harvest.InFlight.Count(record => (new RawEvent(record, default).Header.Flags & RecordFlags.ReturnUnsure) != 0);
        if (unsure > 0)
        {
            yield return $"{unsure} calls look as if they were under way, but their threads' stacks don't hold {string.Join(" or ", _probe.Candidate.Parts.Select(part => part.Target).Take(3))} any more: "
                + "this kernel doesn't tell of returns that a kretprobe had no room for; such calls are marked return_may_be_missed";
        }

        if (harvest.MissedReturns > 0)
        {
            yield return $"the kernel skipped {harvest.MissedReturns} returns: those calls have no outcome, and where that is certain they are marked return_missed";
        }
    }

    // A call in flight at the end is evidence of a hang: it counts as delivered, from the table instead of the ring.
    private EventCounts Account(ProbeHarvest harvest, out IReadOnlyList<byte[]> inFlight)
    {
        var counters = harvest.Counters;
        foreach (var record in harvest.InFlight.Where(record => harvest.MissedReturns > 0 || MayLoseReturns(record)).Where(IsElsewhere))
        {
            // Without the kernel's word for it, the thread may also be in a function that the traced one ended by jumping to.
            MemoryMarshal.AsRef<WireRecord>(record.AsSpan()).Flags |= harvest.MissedReturns > 0 ? RecordFlags.ReturnMissed : RecordFlags.ReturnUnsure;
        }

        inFlight = [.. harvest.InFlight.Where(record => !FilterPlan.JudgesReturns(Request) || IsSlowInFlight(record))];
        if (Request.Aggregate != Aggregation.Counts)
        {
            foreach (var record in inFlight)
            {
                OnRecord(record);
            }
        }

        return new EventCounts
        {
            Matched = (long)counters.Matched + inFlight.Count,
            Filtered = (long)counters.Filtered - (_proof == ProbeProof.Seen ? 1 : 0),
            Delivered = _delivered,
            SampledOut = (long)counters.SampledOut + (Request.Aggregate == Aggregation.Counts ? inFlight.Count : 0),
            Lost = (long)counters.Lost,
            Missed = harvest.Missed + (long)counters.Unjudged + (FilterPlan.JudgesReturns(Request) ? harvest.MissedReturns : 0),
        };
    }

    // A kretprobe remembers so many calls at once and no more.
    private bool MayLoseReturns(byte[] record)
    {
        ref readonly var header = ref new RawEvent(record, default).Header;
        return _probe.Candidate.Parts[header.Part].Mechanism is Mechanism.Kprobe or Mechanism.KprobeMulti && ThreadStack.Exists((int)header.Pid, (int)header.Tid);
    }

    // Of the calls that look as if they were in flight some may have returned unseen: a thread that is elsewhere by now speaks for it.
    private bool IsElsewhere(byte[] record)
    {
        ref readonly var header = ref new RawEvent(record, default).Header;
        var part = _probe.Candidate.Parts[header.Part];
        return part.Mechanism != Mechanism.SyscallPair && part.Layout.Pairing == PairKind.Call && (header.Flags & RecordFlags.Sent) == 0 && ThreadStack.Holds((int)header.Pid, (int)header.Tid, part.Target) == false;
    }

    // It has already taken longer than the filter asks; whether it will fail, nobody knows.
    private bool IsSlowInFlight(ReadOnlySpan<byte> record) =>
        !Request.Filters.ErrorsOnly
        && (new RawEvent(record, default).Header.Flags & RecordFlags.ReturnMissed) == 0
        && _endNs - (long)new RawEvent(record, default).Header.TimeNs >= Request.Filters.MinLatencyUs * 1000;

    private DateTimeOffset Time(long monotonicNs) => DateTimeOffset.UnixEpoch.AddTicks((monotonicNs + _epochOffsetNs) / 100);
}
