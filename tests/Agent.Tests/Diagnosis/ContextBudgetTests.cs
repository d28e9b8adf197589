using System.Text.Json.Nodes;
using Sonde.Diagnosis;
using Sonde.Protocol;

namespace Sonde.Tests.Diagnosis;

public sealed class ContextBudgetTests
{
    [Fact]
    public void What_fits_is_sent_as_it_is()
    {
        var results = Results(events: 3, outputs: [100, 200]);

        Assert.Equal(ProtocolJson.Write(results), Fit(results, 24_000));
    }

    [Theory]
    [InlineData(24_000, 20, 100_000, 4)]
    [InlineData(24_000, 200, 0, 0)]
    [InlineData(24_000, 200, 65_536, 40)]
    [InlineData(4_000, 200, 65_536, 2)]
    public void The_message_is_never_longer_than_the_budget(int budget, int events, int output, int commands)
    {
        var message = Fit(Results(events, [.. Enumerable.Repeat(output, commands)]), budget);

        Assert.True(message.Length <= budget, $"{message.Length} characters");
        Assert.True(message.Length > budget * 0.9, $"only {message.Length} characters of {budget} used");
    }

    [Fact]
    public void Aggregates_stay_and_each_cut_says_how_much_is_left_out_and_where_the_whole_is()
    {
        var results = Results(events: 200, outputs: [50_000]);

        var fitted = ProtocolJson.Read<RoundResults>(Fit(results, 24_000));

        var (before, after) = (results.EbpfResults["conn_1"], fitted.EbpfResults["conn_1"]);
        Assert.Equal(before.Statistics!.ByKey, after.Statistics!.ByKey);
        Assert.Equal((before.EventCount, before.Counts, before.Summary), (after.EventCount, after.Counts, after.Summary));
        Assert.InRange(after.Events.Count, 1, 199);
        Assert.Contains($"{200 - after.Events.Count} of 200 sampled events left out of this message; events of conn_1", Assert.Single(after.Notes), StringComparison.Ordinal);

        var output = Assert.Single(fitted.CommandResults);
        Assert.True(output.Truncated);
        Assert.StartsWith("begin", output.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("end", output.Stdout, StringComparison.Ordinal);
        Assert.Contains("characters left out; stdout of cmd_1", output.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cut_counts_what_it_left_out()
    {
        var cut = MiddleCut.Apply(new string('a', 60) + new string('b', 60), 20, "elsewhere");

        Assert.Equal("aaaaaaaaaa\n[… 100 characters left out; elsewhere …]\nbbbbbbbbbb", cut);
    }

    [Fact]
    public void A_cut_splits_no_character()
    {
        var cut = MiddleCut.Apply(string.Concat(Enumerable.Repeat("😀", 50)), 21, "elsewhere");

        Assert.DoesNotContain('\uFFFD', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(cut)));
    }

    [Fact]
    public void A_smaller_sample_keeps_first_last_slowest_and_every_error()
    {
        TraceEvent[] events = [.. Enumerable.Range(0, 100).Select(static i => Event(i, i switch { 37 => "EACCES", 38 or 61 => "ENOENT", _ => null }, i == 77 ? 9000 : 10))];

        var kept = SampleTrim.Apply(events, 8).Select(static e => e.Timestamp).ToArray();

        Assert.Equal(8, kept.Length);
        Assert.Equal(kept.Order(), kept);
        Assert.Subset(new HashSet<long>(kept), new HashSet<long> { 0, 37, 38, 77, 99 });
    }

    [Fact]
    public void Statistics_too_large_for_the_budget_are_cut_before_whole_entries_are()
    {
        var programs = Enumerable.Range(0, 16).ToDictionary(static i => $"p{i}_1", static i => Program(0) with
        {
            Statistics = new TraceStatistics { ByKey = [.. Enumerable.Range(0, 100).Select(static k => new KeyCount($"path=/a/rather/long/path/of/number/{k}", k))], PerSecond = new long[300] },
        });

        var fitted = ProtocolJson.Read<RoundResults>(Fit(new RoundResults { Round = 1, EbpfResults = programs }, 24_000));

        Assert.Equal(16, fitted.EbpfResults.Count);
        Assert.All(fitted.EbpfResults.Values, static p => Assert.Contains("figures of the statistics left out", Assert.Single(p.Notes), StringComparison.Ordinal));
    }

    [Fact]
    public void Hundreds_of_commands_are_counted_where_not_all_can_be_told()
    {
        var message = Fit(Results(events: 0, outputs: [.. Enumerable.Repeat(10, 500)]), 4_000);
        var fitted = ProtocolJson.Read<RoundResults>(message);

        Assert.True(message.Length <= 4_000);
        Assert.InRange(fitted.CommandResults.Count, 1, 499);
        Assert.Contains($"{500 - fitted.CommandResults.Count} of 501 results left out", Assert.Single(fitted.Notes!), StringComparison.Ordinal);
    }

    private static string Fit(RoundResults results, int budget) => new ContextBudget(budget, new Names()).Fit(results);

    private static RoundResults Results(int events, int[] outputs) => new()
    {
        Round = 1,
        EbpfResults = new Dictionary<string, ProgramResult> { ["conn_1"] = Program(events) },
        CommandResults =
        [
            .. outputs.Select(static (length, i) => new CommandResult
            {
                Id = $"cmd_{i + 1}",
                Command = "cat file",
                ExitCode = 0,
                DurationMs = 1,
                Stdout = length > 8 ? "begin" + string.Concat(Enumerable.Repeat("line \"x\"\n", length / 9)) + "end" : "",
            }),
        ],
    };

    private static ProgramResult Program(int events) => new()
    {
        ProgramName = "conn",
        Type = ProbeType.Kprobe,
        Target = "tcp_connect",
        Attached = "kprobe:tcp_connect",
        StartTime = DateTimeOffset.UnixEpoch,
        EndTime = DateTimeOffset.UnixEpoch,
        EventCount = events,
        Counts = new EventCounts { Matched = events, Delivered = events },
        Events = [.. Enumerable.Range(0, events).Select(static i => Event(i, null, 10))],
        Statistics = new TraceStatistics { ByKey = [new KeyCount("destination=127.0.0.1:5999", events)] },
        Summary = $"{events} events.",
    };

    private static TraceEvent Event(int timestamp, string? error, int latency)
    {
        var data = new JsonObject { ["destination"] = "127.0.0.1:5999", ["latency_us"] = latency };
        if (error is not null)
        {
            data["error"] = error;
        }

        return new TraceEvent { Timestamp = timestamp, ProcessId = 1, ThreadId = 1, UserId = 0, ProcessName = "app", EventType = "tcp_connect", Data = data };
    }

    private sealed class Names : IWholeFiles
    {
        public string Results => "results";

        public string OutputOf(string commandId, string stream) => $"{stream} of {commandId}";

        public string EventsOf(string key) => $"events of {key}";
    }
}
