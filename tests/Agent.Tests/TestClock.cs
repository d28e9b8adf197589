namespace Sonde.Tests;

/// <summary>
/// A clock that tests move. Short waits (back-off) end at once and are recorded; long ones (time-outs, wall time) end when <see cref="Advance"/> passes them.
/// </summary>
internal sealed class TestClock : TimeProvider
{
    public static readonly TimeSpan LongestShortWait = TimeSpan.FromSeconds(61);

    private readonly Lock _gate = new();
    private readonly List<Timer> _pending = [];
    private readonly List<TimeSpan> _waits = [];
    private DateTimeOffset _now = new(2026, 11, 23, 6, 0, 0, TimeSpan.Zero);

    /// <summary>Every short wait so far, in order.</summary>
    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_gate)
            {
                return [.. _waits];
            }
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public void Advance(TimeSpan by)
    {
        List<Timer> due;
        lock (_gate)
        {
            _now += by;
            due = [.. _pending.Where(t => t.Due <= _now)];
            _pending.RemoveAll(due.Contains);
        }

        due.ForEach(static t => t.Fire());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._pending.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    return true;
                }

                if (dueTime > LongestShortWait)
                {
                    Due = clock._now + dueTime;
                    clock._pending.Add(this);
                    return true;
                }

                clock._waits.Add(dueTime);
                clock._now += dueTime;
            }

            ThreadPool.QueueUserWorkItem(static t => t.Fire(), this, preferLocal: false);
            return true;
        }

        public void Fire() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
