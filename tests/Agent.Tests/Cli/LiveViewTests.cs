using Sonde.Cli;
using Sonde.Protocol;
using Sonde.Tracing;

namespace Sonde.Tests.Cli;

public sealed class LiveViewTests
{
    [Theory]
    [InlineData(80, 24)]
    [InlineData(200, 60)]
    [InlineData(20, 4)]
    [InlineData(33, 9)]
    public void The_view_fits_whatever_terminal_there_is(int width, int height)
    {
        var view = View();
        for (var i = 0; i < 100; i++)
        {
            view.Add(new string('e', 150));
        }

        var lines = view.Lines(width, height);

        Assert.InRange(lines.Count, 1, height);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.Contains(lines, static line => line.StartsWith('e'));
    }

    [Fact]
    public void Rate_total_top_keys_latency_and_recent_events_are_shown()
    {
        var view = View();
        view.Add("the latest event");

        var text = string.Join('\n', view.Lines(120, 40));

        Assert.Contains("tracepoint:a/b  2 of 15 s", text, StringComparison.Ordinal);
        Assert.Contains("2,000/s", text, StringComparison.Ordinal);
        Assert.Contains("4,000", text, StringComparison.Ordinal);
        Assert.Contains("75 %  app (7)", text, StringComparison.Ordinal);
        Assert.Contains("destination=[::1]:80", text, StringComparison.Ordinal);
        Assert.Contains("ECONNREFUSED", text, StringComparison.Ordinal);
        Assert.Matches(@"p50 3, p90 5, p99 6, max 7 µs", text);
        Assert.Matches("≤ +4 µs █+", text);
        Assert.EndsWith("the latest event", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_process_calls_itself_cannot_move_the_cursor()
    {
        var view = View(name: "x\u001b[2J\r\n");

        Assert.All(view.Lines(120, 40), static line => Assert.DoesNotContain(line, static c => char.IsControl(c)));
    }

    [Fact]
    public void The_block_is_drawn_over_itself_and_taken_away_at_the_end()
    {
        using var terminal = new StringWriter();
        var screen = new LiveScreen(terminal, plain: true);

        screen.Draw(["one", "two"]);
        screen.Draw(["three"]);
        screen.Clear();

        Assert.Equal("\rone\u001b[K\ntwo\u001b[K\n\u001b[J" + "\r\u001b[2Athree\u001b[K\n\u001b[J" + "\r\u001b[1A\u001b[J", terminal.ToString());
    }

    private static LiveView View(string name = "app")
    {
        var view = new LiveView("tracepoint:a/b", seconds: 15);
        view.Show(Progress(TimeSpan.FromSeconds(1), 2000, name));
        view.Show(Progress(TimeSpan.FromSeconds(2), 4000, name));
        return view;
    }

    private static TraceProgress Progress(TimeSpan elapsed, long matched, string name) => new(
        "k",
        elapsed,
        new EventCounts { Matched = matched, Delivered = matched },
        new TraceStatistics
        {
            ByProcess = [new ProcessCount(7, name, matched * 3 / 4)],
            ByKey = [new KeyCount("destination=[::1]:80", matched / 2)],
            Errors = new Dictionary<string, long> { ["ECONNREFUSED"] = 5 },
            LatencyUs = new LatencyFigures { Count = matched, P50 = 3, P90 = 5, P99 = 6, Max = 7 },
            PerSecond = [matched],
            LatencyHistogram = [new LatencyBucket(2, 10), new LatencyBucket(4, 100)],
        });
}
