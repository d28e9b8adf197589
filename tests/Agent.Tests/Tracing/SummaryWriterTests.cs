using Sonde.Protocol;
using Sonde.Tracing;
using Sonde.Tracing.Statistics;

namespace Sonde.Tests.Tracing;

public sealed class SummaryWriterTests
{
    [Fact]
    public void Nothing_in_the_window_but_others_filtered_out_proves_that_the_probe_works()
    {
        var text = SummaryWriter.Write("fentry:tcp_connect", 15, new EventCounts { Filtered = 1003 }, new TraceStatistics());

        Assert.Equal("No match of fentry:tcp_connect in 15 s, though the probe works: it was hit 1003 times by others, whom the filter left out.", text);
    }

    [Fact]
    public void Nothing_at_all_is_said_to_prove_nothing()
    {
        var text = SummaryWriter.Write("tracepoint:oom/mark_victim", 2.5, new EventCounts(), new TraceStatistics());

        Assert.Equal("No event of tracepoint:oom/mark_victim in 2.5 s. It was attached, but nothing hit it, so nothing else proves that it would have been seen.", text);
    }

    [Theory]
    [InlineData(ProbeProof.Seen, "The probe works: a call that the agent made itself at the end was seen (no figure includes it).")]
    [InlineData(ProbeProof.NotSeen, "That proves nothing: not even a call that the agent made itself at the end was seen.")]
    public void What_the_agents_own_call_proves_is_told(object proof, string told)
    {
        var text = SummaryWriter.Write("tracepoint:syscalls/sys_enter_connect", 1, new EventCounts(), new TraceStatistics(), (ProbeProof)proof);

        Assert.Equal($"No event of tracepoint:syscalls/sys_enter_connect in 1 s. {told}", text);
    }

    [Fact]
    public void One_process_its_keys_errors_and_latency_are_told_with_figures()
    {
        var statistics = new TraceStatistics
        {
            ByProcess = [new ProcessCount(1234, "curl", 42)],
            ByKey = [new KeyCount("destination=192.168.1.1:443", 30), new KeyCount("destination=10.0.0.1:80", 12)],
            Errors = new Dictionary<string, long> { ["ECONNREFUSED"] = 12 },
            LatencyUs = new LatencyFigures { Count = 42, P50 = 120, P90 = 900, P99 = 2500, Max = 1_500_000 },
        };

        var text = SummaryWriter.Write("tracepoint:syscalls/sys_enter_connect", 20, new EventCounts { Matched = 42, Delivered = 42 }, statistics);

        Assert.Equal(
            "42 events of tracepoint:syscalls/sys_enter_connect in 20 s, all by curl (pid 1234): 30 (71 %) with destination=192.168.1.1:443, 12 (29 %) with destination=10.0.0.1:80."
            + " 12 failed: ECONNREFUSED 12. Latency of 42 returned: median 120 µs, p90 900 µs, p99 2.5 ms, longest 1.5 s.",
            text);
    }

    [Fact]
    public void What_overflowed_is_no_key_and_losses_are_told()
    {
        var statistics = new TraceStatistics { ByProcess = [new ProcessCount(1, "a", 600), new ProcessCount(2, "b", 400)], ByKey = [new KeyCount("syscall=read", 900), new KeyCount("other", 100)] };
        var counts = new EventCounts { Matched = 1000, Delivered = 10, SampledOut = 985, Lost = 5, Missed = 2 };

        var text = SummaryWriter.Write("tracepoint:raw_syscalls/sys_enter", 1, counts, statistics);

        Assert.Equal(
            "1000 events of tracepoint:raw_syscalls/sys_enter in 1 s, by a (pid 1) 600 (60 %), b (pid 2) 400 (40 %): 900 (90 %) with syscall=read."
            + " 5 single events were lost to a full buffer, 2 hits were missed by the kernel.",
            text);
    }

    [Theory]
    [InlineData(new long[] { 10, 10, 11, 9, 10, 10 }, " The rate was steady: 10 a second.")]
    [InlineData(new long[] { 0, 0, 0, 0, 90, 0 }, " They came in bursts: 90 in second 5, 15 a second in the mean.")]
    [InlineData(new long[] { 5, 5, 5, 20, 20, 20 }, " The rate rose from 5 to 20 a second.")]
    [InlineData(new long[] { 30, 30, 25, 3, 2, 1 }, " The rate fell from 28 to 2 a second.")]
    [InlineData(new long[] { 20, 20, 20 }, " The rate fell from 20 to 0 a second.")]
    [InlineData(new long[] { 1, 2, 3, 4, 5, 6 }, "")]
    public void The_course_over_the_window_is_told_where_there_is_one(long[] perSecond, string expected) => Assert.Equal(expected, RateText.Of(perSecond, 6.4));
}
