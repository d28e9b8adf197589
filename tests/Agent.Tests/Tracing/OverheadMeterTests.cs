using Sonde.Tracing.Overhead;

namespace Sonde.Tests.Tracing;

public sealed class OverheadMeterTests
{
    private const double Half = 0.5;

    [Fact]
    public void A_second_over_the_budget_costs_the_single_events_and_another_the_program()
    {
        var meter = Measured(nsPerHit: 100);

        Assert.Equal(
            [OverheadStep.None, OverheadStep.Quieten, OverheadStep.None, OverheadStep.Detach],
            Enumerable.Range(0, 4).Select(_ => Interval(meter, percent: 10, nsPerHit: 100)));
    }

    [Fact]
    public void Half_a_second_over_the_budget_is_forgiven()
    {
        var meter = Measured(nsPerHit: 100);

        Assert.Equal(
            [OverheadStep.None, OverheadStep.None, OverheadStep.None],
            new double[] { 10, 1, 10 }.Select(percent => Interval(meter, percent, nsPerHit: 100)));
    }

    [Fact]
    public void What_is_far_beyond_the_budget_is_not_waited_for()
    {
        var meter = Measured(nsPerHit: 100);

        Assert.Equal([OverheadStep.Quieten, OverheadStep.Detach], Enumerable.Range(0, 2).Select(_ => Interval(meter, percent: 60, nsPerHit: 100)));
    }

    [Fact]
    public void A_program_without_single_events_has_none_to_lose()
    {
        var meter = new OverheadMeter(sendsEvents: false);
        meter.Measure(100_000, 1000);

        Assert.Equal([OverheadStep.None, OverheadStep.Detach], Enumerable.Range(0, 2).Select(_ => Interval(meter, percent: 10, nsPerHit: 100)));
    }

    [Fact]
    public void Cost_is_what_the_kernel_timed_and_assumed_until_then()
    {
        var meter = new OverheadMeter(sendsEvents: true);
        Assert.False(meter.IsMeasured);
        Assert.True(meter.NsPerHit > 0);

        meter.Measure(runTimeNs: 40_000, hits: 200);

        Assert.True(meter.IsMeasured);
        Assert.Equal(200, meter.NsPerHit);
        meter.Observe(hits: 50_000, seconds: 0.5);
        Assert.Equal(2, meter.Percent, precision: 6);
    }

    private static OverheadMeter Measured(double nsPerHit)
    {
        var meter = new OverheadMeter(sendsEvents: true);
        meter.Measure((ulong)(nsPerHit * 1000), 1000);
        return meter;
    }

    private static OverheadStep Interval(OverheadMeter meter, double percent, double nsPerHit)
    {
        meter.Observe((long)(percent / 100 * Half * 1e9 / nsPerHit), Half);
        return meter.Decide(limit: 5, Half);
    }
}
