using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sonde.Tracing.Probes;
using Sonde.Tracing.Statistics;

namespace Sonde.Tests.Tracing;

public sealed class EventSampleTests
{
    [Fact]
    public void Fewer_events_than_asked_for_are_all_chosen_in_time_order()
    {
        var sample = new EventSample();
        foreach (var time in (ulong[])[30, 10, 20])
        {
            sample.Add(Record(time));
        }

        Assert.Equal([10ul, 20, 30], Times(sample.Choose(20)));
    }

    [Fact]
    public void The_first_the_last_every_error_and_the_slowest_are_among_many()
    {
        var sample = new EventSample();
        for (var i = 1; i <= 100_000; i++)
        {
            sample.Add(Record((ulong)i, duration: i == 55_555 ? 1_000_000ul : 10, ret: i switch { 333 => -2, 99_000 => -111, _ => 0 }));
        }

        var chosen = Times(sample.Choose(20));

        Assert.Equal(20, chosen.Count);
        Assert.Superset(new HashSet<ulong> { 1, 333, 55_555, 99_000, 100_000 }, new HashSet<ulong>(chosen));
        Assert.Equal(chosen.Order(), chosen);
    }

    [Fact]
    public void What_is_chosen_besides_spreads_over_the_window()
    {
        var sample = new EventSample();
        for (var i = 1; i <= 50_000; i++)
        {
            sample.Add(Record((ulong)i));
        }

        var chosen = Times(sample.Choose(20));

        Assert.All(Enumerable.Range(0, 5), fifth => Assert.Contains(chosen, time => time > (ulong)fifth * 10_000 && time <= (ulong)(fifth + 1) * 10_000));
    }

    [Fact]
    public void No_event_is_chosen_twice_and_none_beyond_the_number_asked_for()
    {
        var sample = new EventSample();
        sample.Add(Record(1, duration: 5, ret: -2));

        Assert.Single(sample.Choose(20));
        Assert.Empty(sample.Choose(0));
    }

    private static byte[] Record(ulong time, ulong duration = 0, long ret = 0)
    {
        var bytes = new byte[Unsafe.SizeOf<WireRecord>()];
        MemoryMarshal.AsRef<WireRecord>(bytes.AsSpan()) = new WireRecord { TimeNs = time, DurationNs = duration, Ret = ret };
        return bytes;
    }

    private static List<ulong> Times(IReadOnlyList<byte[]> records) =>
        [.. records.Select(record => MemoryMarshal.AsRef<WireRecord>(record.AsSpan()).TimeNs)];
}
