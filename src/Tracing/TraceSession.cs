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

    private readonly IReadOnlyList<ProgramStatus> _programs;
    private readonly Dictionary<string, Task<ProgramResult>> _results = [];
    private readonly ProgramTrace?[] _byNumber;
    private readonly SessionRing? _ring;
    private readonly OverheadGovernor _governor;
    // Waits are of milliseconds: to spin before each would be the reader's greatest cost.
    private readonly ManualResetEventSlim _stopping = new(initialState: false, spinCount: 0);
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread? _reader;
    private volatile bool _abandoned;

    /// <param name="programs">Every program of the request, in its order.</param>
    /// <param name="traces">By the number that their records carry; null for those that aren't attached.</param>
    /// <param name="ring">Their ring; null when none is attached.</param>
    /// <param name="budget">What they may cost.</param>
    public TraceSession(IReadOnlyList<ProgramStatus> programs, IReadOnlyList<ProgramTrace?> traces, SessionRing? ring, OverheadBudget budget)
    {
        _governor = new OverheadGovernor(budget);
        _programs = programs;
        _ring = ring;
        _byNumber = [.. traces];
        if (traces.All(trace => trace is null))
        {
            _finished.SetResult();
            return;
        }

        var now = KernelClock.MonotonicNs;
        foreach (var trace in traces)
        {
            trace?.Open(now);
        }

        _reader = new Thread(Read) { IsBackground = true, Name = "ring reader" };
        _reader.Start();
    }

    /// <inheritdoc/>
    public IReadOnlyList<ProgramStatus> Programs => _programs;

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, ProgramResult>> CompleteAsync(CancellationToken stop)
    {
        using (stop.Register(_stopping.Set))
        {
            await _finished.Task.ConfigureAwait(false);
        }

        var ordered = new Dictionary<string, ProgramResult>();
        foreach (var program in _programs)
        {
            ordered[program.Key] = _results.TryGetValue(program.Key, out var result) ? await result.ConfigureAwait(false) : Failed(program);
        }

        return ordered;
    }

    /// <inheritdoc/>
    void IRecordHandler.OnRecord(ReadOnlySpan<byte> record)
    {
        var number = new Decoding.RawEvent(record, default).Header.Program;
        _byNumber[number]?.OnRecord(record);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _abandoned = true;
        _stopping.Set();
        _reader?.Join();
        foreach (var trace in _byNumber)
        {
            trace?.Dispose();
        }

        _ring?.Dispose();
        _governor.Dispose();
        _stopping.Dispose();
    }

    private void Read()
    {
        var empty = 0;
        var longest = Array.Exists(_byNumber, trace => trace?.Request.Aggregate == Aggregation.Events) ? Idle : Asleep;
        try
        {
            while (!_abandoned && Array.Exists(_byNumber, trace => trace is not null))
            {
                var drained = Drain();
                EndWindows();
                _governor.Tick(_byNumber.OfType<ProgramTrace>().Where(trace => !trace.IsClosing), KernelClock.MonotonicNs);
                TellProgress();
                CompleteQuiet();
                empty = drained > 0 ? 0 : empty + 1;
                Wait(drained >= Crowd ? Busy : UntilNextDue(empty < DrainsUntilAsleep ? Idle : longest));
            }

            _finished.TrySetResult();
        }
#pragma warning disable CA1031 // Whatever goes wrong here must reach whoever waits, not end the process.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _finished.TrySetException(fault);
        }
    }

    private int Drain()
    {
        IRecordHandler self = this;
        return _ring!.Reader.Drain(ref self);
    }

    private void EndWindows()
    {
        var now = _stopping.IsSet ? long.MaxValue : KernelClock.MonotonicNs;
        foreach (var trace in _byNumber)
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
        foreach (var trace in _byNumber)
        {
            trace?.TellProgress(now);
        }
    }

    private void CompleteQuiet()
    {
        for (var i = 0; i < _byNumber.Length; i++)
        {
            if (_byNumber[i] is { IsQuiet: true } trace)
            {
                // What it sent before it fell quiet is in the ring by now.
                Drain();
                _results[trace.Key] = trace.Complete(_governor.MeterOf(trace));
                _byNumber[i] = null;
                trace.Dispose();
            }
        }
    }

    // Windows end in their time, and the governor looks in its own, however deep the sleep.
    private TimeSpan UntilNextDue(TimeSpan longest)
    {
        if (Array.Exists(_byNumber, static trace => trace is { IsClosing: true }))
        {
            return Idle;
        }

        var due = _byNumber.Where(static trace => trace is { IsClosing: false }).Min(static trace => trace!.DeadlineNs as long?) ?? long.MaxValue;
        var left = TimeSpan.FromTicks((Math.Min(due, _governor.DueNs) - KernelClock.MonotonicNs) / 100);
        return left > longest ? longest : left > Busy ? left : Busy;
    }

    private void Wait(TimeSpan longest)
    {
        // Once stopping is set it stays so: then the detaching that is awaited sets the pace.
        if (_stopping.IsSet)
        {
            Thread.Sleep(Busy);
        }
        else
        {
            _stopping.Wait(longest);
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
