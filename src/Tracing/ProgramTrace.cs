using System.Runtime.InteropServices;
using Sonde.Interop;
using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;
using Sonde.Tracing.Stacks;
using Sonde.Tracing.Statistics;

namespace Sonde.Tracing;

/// <summary>One attached program from the opening of its window to its result. Driven by the session's reader thread.</summary>
internal sealed class ProgramTrace : IDisposable
{
    private readonly Probe probe;
    private readonly ITraceSink? sink;
    private readonly EventDecoder decoder;
    private readonly EventSample sample = new();
    private readonly ProgramStatistics statistics;
    private readonly ProgramStacks? stacks;
    private readonly long epochOffsetNs;
    private long delivered;
    private long startNs;
    private long endNs;
    private Task? detaching;

    public ProgramTrace(string key, ProgramRequest request, Probe probe, ITraceSink? sink, long epochOffsetNs)
    {
        Key = key;
        Request = request;
        this.probe = probe;
        this.sink = sink;
        this.epochOffsetNs = epochOffsetNs;
        decoder = new EventDecoder(probe.Candidate.Parts.Select(part => part.Layout), epochOffsetNs);
        statistics = new ProgramStatistics(probe.Candidate);
        stacks = request.Stack ? new ProgramStacks(probe.Candidate) : null;
    }

    public string Key { get; }

    public ProgramRequest Request { get; }

    public string Attached => probe.Candidate.Attached;

    /// <summary>Monotonic time at which the window is to end.</summary>
    public long DeadlineNs { get; private set; } = long.MaxValue;

    /// <summary>Whether the window is over and nothing of it runs in the kernel any more: what is in the ring is all there will be.</summary>
    public bool IsQuiet => detaching?.IsCompleted == true;

    public bool IsClosing => detaching is not null;

    /// <summary>Begins the window.</summary>
    public void Open(long nowNs)
    {
        startNs = nowNs;
        DeadlineNs = nowNs + (long)(Request.Duration * 1e9);
        probe.Open(nowNs);
    }

    /// <summary>Ends the window; detaching goes on in the background, since each link may take the kernel a grace period.</summary>
    public void BeginClose()
    {
        probe.Close();
        endNs = KernelClock.MonotonicNs;
        detaching = Task.Run(() =>
        {
            // A program that saw the window open may still be running: its record is part of the window.
            KernelClock.WaitForRunningPrograms();
            probe.Detach();
        });
    }

    /// <summary>Takes one record of this program from the ring.</summary>
    public void OnRecord(ReadOnlySpan<byte> record)
    {
        delivered++;
        sample.Add(record);
        stacks?.OnRecord(record);
        Publish(record);
    }

    /// <summary>The result, once <see cref="IsQuiet"/> and the ring is drained. The kernel side isn't needed any more; names of stacks take longer.</summary>
    public Task<ProgramResult> Complete()
    {
        var result = CompleteFigures();
        if (stacks is null)
        {
            return Task.FromResult(result);
        }

        var counted = CountedStack.ReadAll(probe.Object);
        return Task.Run(() =>
        {
            var report = stacks.Name(counted, result.EventCount);
            return result with
            {
                Stacks = report.Commonest(),
                FoldedStacks = string.Concat(report.Stacks.Select(static stack => stack.Folded() + "\n")),
                Notes = [.. result.Notes, .. report.Notes],
            };
        });
    }

    public void Dispose() => probe.Dispose();

    private ProgramResult CompleteFigures()
    {
        var harvest = ProbeHarvest.Of(probe);
        var counts = Account(harvest);
        var figures = statistics.Complete(harvest);
        var seconds = Math.Max(0, endNs - startNs) / 1e9;
        return new ProgramResult
        {
            ProgramName = Request.Name,
            Type = Request.Type,
            Target = Request.Target,
            Attached = Attached,
            StartTime = Time(startNs),
            EndTime = Time(endNs),
            EventCount = counts.Matched,
            Counts = counts,
            Events = [.. sample.Choose(Request.MaxEvents).Select(record => decoder.Decode(record, endNs))],
            Statistics = figures,
            Summary = SummaryWriter.Write(Attached, seconds, counts, figures),
            Notes = [.. Request.Notes, .. probe.Notes, .. Skipped(harvest)],
        };
    }

    private static IEnumerable<string> Skipped(ProbeHarvest harvest)
    {
        if (harvest.MissedReturns > 0)
        {
            yield return $"the kernel skipped {harvest.MissedReturns} returns: those calls have no outcome, and where that is certain they are marked return_missed";
        }
    }

    // A call in flight at the end is evidence of a hang: it counts as delivered, from the table instead of the ring.
    private EventCounts Account(ProbeHarvest harvest)
    {
        var counters = harvest.Counters;
        var sampledOut = (long)counters.SampledOut;
        var matched = (long)counters.Matched;
        var judgedAtExit = Request.Filters.ErrorsOnly || Request.Filters.MinLatencyUs is not null;
        foreach (var record in harvest.InFlight)
        {
            var isOver = harvest.MissedReturns > 0 && IsOver(record);
            if (isOver)
            {
                MemoryMarshal.AsRef<WireRecord>(record.AsSpan()).Flags |= RecordFlags.ReturnMissed;
            }

            if (judgedAtExit && (isOver || !IsSlowInFlight(record)))
            {
                continue;
            }

            matched += judgedAtExit ? 1 : 0;
            if (Request.Aggregate == Aggregation.Counts)
            {
                sampledOut++;
            }
            else
            {
                OnRecord(record);
            }
        }

        return new EventCounts
        {
            Matched = matched,
            Filtered = (long)counters.Filtered,
            Delivered = delivered,
            SampledOut = sampledOut,
            Lost = (long)counters.Lost,
            Missed = harvest.Missed + (judgedAtExit ? harvest.MissedReturns : 0),
        };
    }

    // Of the calls that look as if they were in flight some may have returned unseen: a thread that is elsewhere by now is proof.
    private bool IsOver(byte[] record)
    {
        ref readonly var header = ref new RawEvent(record, default).Header;
        var part = probe.Candidate.Parts[header.Part];
        return part.Mechanism != Mechanism.SyscallPair && part.Layout.Pairing == PairKind.Call && (header.Flags & RecordFlags.Sent) == 0 && ThreadStack.Holds((int)header.Pid, (int)header.Tid, part.Target) == false;
    }

    // It has already taken longer than the filter asks; whether it will fail, nobody knows.
    private bool IsSlowInFlight(ReadOnlySpan<byte> record) =>
        !Request.Filters.ErrorsOnly
        && endNs - (long)new RawEvent(record, default).Header.TimeNs >= Request.Filters.MinLatencyUs * 1000;

    private void Publish(ReadOnlySpan<byte> record)
    {
        if (sink is null && !statistics.TakesEvents)
        {
            return;
        }

        var traceEvent = decoder.Decode(record, endNs);
        statistics.Add(traceEvent);
        sink?.OnEvent(Key, traceEvent);
    }

    private DateTimeOffset Time(long monotonicNs) => DateTimeOffset.UnixEpoch.AddTicks((monotonicNs + epochOffsetNs) / 100);
}
