using Sonde.Interop;
using Sonde.Protocol;
using Sonde.Rings;
using Sonde.Tracing.Overhead;

namespace Sonde.Tracing;

/// <summary>
/// Programs attached side by side. One thread reads the shared ring on a timer, ends each window in its time and completes its
/// program; nothing else touches the ring or the programs.
/// </summary>
internal sealed class TraceSession : ITraceSession, IRecordHandler
{
    // A wakeup by the kernel costs the traced process microseconds; a timer costs it nothing. The reader's own wakeups are events
    // too for some targets, so that only a crowd of records makes it come back sooner.
    private const int Crowd = 256;
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(10);

    // After a second without a record; where all events are wanted, a burst could overrun the ring in that time.
    private static readonly TimeSpan Asleep = TimeSpan.FromMilliseconds(40);
    private const int DrainsUntilAsleep = 100;

    private readonly IReadOnlyList<ProgramStatus> programs;
    private readonly Dictionary<string, Task<ProgramResult>> results = [];
    private readonly ProgramTrace?[] byNumber;
    private readonly SessionRing? ring;
    private readonly OverheadGovernor governor;
    // Waits are of milliseconds: to spin before each would be the reader's greatest cost.
    private readonly ManualResetEventSlim stopping = new(initialState: false, spinCount: 0);
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread? reader;
    private volatile bool abandoned;

    /// <param name="programs">Every program of the request, in its order.</param>
    /// <param name="traces">By the number that their records carry; null for those that aren't attached.</param>
    /// <param name="ring">Their ring; null when none is attached.</param>
    /// <param name="budget">What they may cost.</param>
    public TraceSession(IReadOnlyList<ProgramStatus> programs, IReadOnlyList<ProgramTrace?> traces, SessionRing? ring, OverheadBudget budget)
    {
        governor = new OverheadGovernor(budget);
        this.programs = programs;
        this.ring = ring;
        byNumber = [.. traces];
        if (traces.All(trace => trace is null))
        {
            finished.SetResult();
            return;
        }

        var now = KernelClock.MonotonicNs;
        foreach (var trace in traces)
        {
            trace?.Open(now);
        }

        reader = new Thread(Read) { IsBackground = true, Name = "ring reader" };
        reader.Start();
    }

    /// <inheritdoc/>
    public IReadOnlyList<ProgramStatus> Programs => programs;

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, ProgramResult>> CompleteAsync(CancellationToken stop)
    {
        using (stop.Register(stopping.Set))
        {
            await finished.Task.ConfigureAwait(false);
        }

        var ordered = new Dictionary<string, ProgramResult>();
        foreach (var program in programs)
        {
            ordered[program.Key] = results.TryGetValue(program.Key, out var result) ? await result.ConfigureAwait(false) : Failed(program);
        }

        return ordered;
    }

    /// <inheritdoc/>
    void IRecordHandler.OnRecord(ReadOnlySpan<byte> record)
    {
        var number = new Decoding.RawEvent(record, default).Header.Program;
        byNumber[number]?.OnRecord(record);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        abandoned = true;
        stopping.Set();
        reader?.Join();
        foreach (var trace in byNumber)
        {
            trace?.Dispose();
        }

        ring?.Dispose();
        governor.Dispose();
        stopping.Dispose();
    }

    private void Read()
    {
        var empty = 0;
        var longest = Array.Exists(byNumber, trace => trace?.Request.Aggregate == Aggregation.Events) ? Idle : Asleep;
        try
        {
            while (!abandoned && Array.Exists(byNumber, trace => trace is not null))
            {
                var drained = Drain();
                EndWindows();
                governor.Tick(byNumber.OfType<ProgramTrace>().Where(trace => !trace.IsClosing), KernelClock.MonotonicNs);
                TellProgress();
                CompleteQuiet();
                empty = drained > 0 ? 0 : empty + 1;
                Wait(drained >= Crowd ? Busy : UntilNextDue(empty < DrainsUntilAsleep ? Idle : longest));
            }

            finished.TrySetResult();
        }
#pragma warning disable CA1031 // Whatever goes wrong here must reach whoever waits, not end the process.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            finished.TrySetException(fault);
        }
    }

    private int Drain()
    {
        IRecordHandler self = this;
        return ring!.Reader.Drain(ref self);
    }

    private void EndWindows()
    {
        var now = stopping.IsSet ? long.MaxValue : KernelClock.MonotonicNs;
        foreach (var trace in byNumber)
        {
            if (trace is { IsClosing: false } && trace.DeadlineNs <= now)
            {
                trace.BeginClose();
            }
        }
    }

    private void TellProgress()
    {
        var now = KernelClock.MonotonicNs;
        foreach (var trace in byNumber)
        {
            trace?.TellProgress(now);
        }
    }

    private void CompleteQuiet()
    {
        for (var i = 0; i < byNumber.Length; i++)
        {
            if (byNumber[i] is { IsQuiet: true } trace)
            {
                // What it sent before it fell quiet is in the ring by now.
                Drain();
                results[trace.Key] = trace.Complete(governor.MeterOf(trace));
                byNumber[i] = null;
                trace.Dispose();
            }
        }
    }

    // Windows end in their time, and the governor looks in its own, however deep the sleep.
    private TimeSpan UntilNextDue(TimeSpan longest)
    {
        if (Array.Exists(byNumber, static trace => trace is { IsClosing: true }))
        {
            return Idle;
        }

        var due = byNumber.Where(static trace => trace is { IsClosing: false }).Min(static trace => trace!.DeadlineNs as long?) ?? long.MaxValue;
        var left = TimeSpan.FromTicks((Math.Min(due, governor.DueNs) - KernelClock.MonotonicNs) / 100);
        return left > longest ? longest : left > Busy ? left : Busy;
    }

    private void Wait(TimeSpan longest)
    {
        // Once stopping is set it stays so: then the detaching that is awaited sets the pace.
        if (stopping.IsSet)
        {
            Thread.Sleep(Busy);
        }
        else
        {
            stopping.Wait(longest);
        }
    }

    private static ProgramResult Failed(ProgramStatus program)
    {
        var now = DateTimeOffset.UtcNow;
        return new ProgramResult
        {
            ProgramName = program.Request.Name,
            Type = program.Request.Type,
            Target = program.Request.Target,
            StartTime = now,
            EndTime = now,
            Summary = program.Error is null ? "" : $"Not attached: {program.Error.Message}",
            Notes = program.Request.Notes,
            Error = program.Error,
        };
    }
}
