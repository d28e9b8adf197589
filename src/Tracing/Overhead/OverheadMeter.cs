namespace Sonde.Tracing.Overhead;

/// <summary>One program's cost as it is measured, and what follows from it. Knows no kernel: figures in, decisions out.</summary>
internal sealed class OverheadMeter
{
    // Before the first measurement: what a hit costs on an ordinary machine, rather more than less.
    private const double AssumedNsPerHit = 300;

    // A measurement of fewer hits says little.
    private const long FewestHits = 50;

    // So far beyond the budget nobody waits for the second to end.
    private const double Gross = 8;

    private readonly bool _sendsEvents;
    private double _measuredNs;
    private long _measuredHits;
    private double _secondsOver;
    private bool _quiet;

    /// <param name="sendsEvents">Whether there are single events to give up.</param>
    public OverheadMeter(bool sendsEvents) => _sendsEvents = sendsEvents;

    /// <summary>Whether the kernel timed enough hits.</summary>
    public bool IsMeasured => _measuredHits >= FewestHits;

    /// <summary>Mean cost of a hit, all programs that serve it together.</summary>
    public double NsPerHit => IsMeasured ? _measuredNs / _measuredHits : AssumedNsPerHit;

    /// <summary>Percent of one CPU over the interval that <see cref="Observe"/> was last told of.</summary>
    public double Percent { get; private set; }

    /// <summary>Takes a stretch of time that the kernel's clock was on for.</summary>
    public void Measure(ulong runTimeNs, long hits)
    {
        _measuredNs += runTimeNs;
        _measuredHits += hits;
    }

    /// <summary>Takes the hits of an interval.</summary>
    public void Observe(long hits, double seconds) => Percent = seconds > 0 ? hits * NsPerHit / (seconds * 1e9) * 100 : 0;

    /// <summary>What follows from the last interval.</summary>
    /// <param name="limit">Percent of one CPU that this program may take now.</param>
    /// <param name="seconds">Length of the interval.</param>
    public OverheadStep Decide(double limit, double seconds)
    {
        _secondsOver = Percent > limit ? _secondsOver + seconds : 0;
        if (_secondsOver == 0 || (_secondsOver < 0.95 && Percent < limit * Gross))
        {
            return OverheadStep.None;
        }

        _secondsOver = 0;
        if (_sendsEvents && !_quiet)
        {
            _quiet = true;
            return OverheadStep.Quieten;
        }

        return OverheadStep.Detach;
    }
}
