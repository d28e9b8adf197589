using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Sonde.Cli;
using Sonde.Protocol;

namespace Sonde.Tests.Cli;

public sealed class EventWriterTests
{
    private static readonly ProgramRequest Request = new() { Name = "t", Type = ProbeType.Tracepoint, Target = "syscalls/sys_enter_openat" };

    [Fact]
    public void An_event_is_one_line_whatever_the_kernels_text_holds()
    {
        var line = Write(json: false, Sample("sh\u001b[2J", new JsonObject { ["filename"] = "/tmp/a\nb \u001b]0;x", ["flags"] = 0, ["empty"] = "" }));

        Assert.EndsWith("sh\\u001b[2J          42 filename=\"/tmp/a\\nb \\u001b]0;x\" flags=0 empty=\"\"\n", line, StringComparison.Ordinal);
        Assert.Single(line, '\n');
        Assert.DoesNotContain('\u001b', line);
    }

    [Fact]
    public void The_event_type_is_shown_where_it_is_not_the_target()
    {
        var other = Sample("sh", []) with { EventType = "sys_enter_open" };

        Assert.Contains(" sys_enter_open", Write(json: false, other), StringComparison.Ordinal);
        Assert.DoesNotContain("sys_enter_openat", Write(json: false, Sample("sh", [])), StringComparison.Ordinal);
    }

    [Fact]
    public void As_JSON_each_line_is_a_document_and_the_result_is_last()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = EventWriter.For(Request, json: true);
        writer.Event(output, Sample("sh", new JsonObject { ["filename"] = "/a" }));
        writer.Result(output, new ProgramResult
        {
            ProgramName = "t",
            Type = ProbeType.Tracepoint,
            Target = Request.Target,
            StartTime = DateTimeOffset.UnixEpoch,
            EndTime = DateTimeOffset.UnixEpoch,
            EventCount = 1,
        }, notPrinted: 5);

        var lines = Encoding.UTF8.GetString(output.WrittenSpan).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal("/a", (string?)JsonNode.Parse(lines[0])!["data"]!["filename"]);
        Assert.Equal(1, (long)JsonNode.Parse(lines[1])!["result"]!["event_count"]!);
        Assert.Equal(5, (long)JsonNode.Parse(lines[1])!["not_printed"]!);
    }

    private static string Write(bool json, TraceEvent traceEvent)
    {
        var output = new ArrayBufferWriter<byte>();
        EventWriter.For(Request, json).Event(output, traceEvent);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static TraceEvent Sample(string comm, JsonObject data) => new()
    {
        Timestamp = 1_695_902_400_000_000_000,
        ProcessId = 42,
        ThreadId = 42,
        UserId = 0,
        ProcessName = comm,
        EventType = "sys_enter_openat",
        Data = data,
    };
}
