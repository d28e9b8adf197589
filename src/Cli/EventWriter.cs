using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary>How a trace is printed: for people or as JSON lines, in UTF-8.</summary>
internal abstract class EventWriter
{
    /// <summary>The writer for one request.</summary>
    public static EventWriter For(ProgramRequest request, bool json) => json ? new JsonLines() : new People(request);

    /// <summary>One event, one line.</summary>
    public abstract void Event(IBufferWriter<byte> output, TraceEvent traceEvent);

    /// <summary>The end.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="result">The program's.</param>
    /// <param name="notPrinted">Delivered events that there is no line of.</param>
    public abstract void Result(IBufferWriter<byte> output, ProgramResult result, long notPrinted);

    /// <summary>One event as people read it, without a line end.</summary>
    public static string Line(TraceEvent traceEvent, string targetName)
    {
        var line = new StringBuilder(128);
        var time = DateTimeOffset.UnixEpoch.AddTicks(traceEvent.Timestamp / TimeSpan.NanosecondsPerTick).ToLocalTime();
        line.Append(CultureInfo.InvariantCulture, $"{time:HH:mm:ss.ffffff} {PrintableText.Line(traceEvent.ProcessName),-15} {traceEvent.ProcessId,7}");
        if (traceEvent.EventType != targetName)
        {
            line.Append(' ').Append(PrintableText.Line(traceEvent.EventType));
        }

        foreach (var (name, value) in traceEvent.Data)
        {
            line.Append(' ').Append(PrintableText.Line(name)).Append('=').Append(Spell(value));
        }

        return line.ToString();
    }

    /// <summary>What a request's events are called when nothing else is said.</summary>
    public static string TargetName(ProgramRequest request) => request.Target[(request.Target.LastIndexOf('/') + 1)..];

    private static string Spell(JsonNode? value)
    {
        var text = value is JsonValue single && single.TryGetValue<string>(out var plain) ? plain : value?.ToJsonString() ?? "null";
        text = PrintableText.Line(text);
        return text.Length == 0 || (value is JsonValue && text.Contains(' ', StringComparison.Ordinal)) ? $"\"{text}\"" : text;
    }

    private sealed class JsonLines : EventWriter
    {
        public override void Event(IBufferWriter<byte> output, TraceEvent traceEvent)
        {
            ProtocolJson.Write(output, traceEvent);
            output.Write("\n"u8);
        }

        public override void Result(IBufferWriter<byte> output, ProgramResult result, long notPrinted)
        {
            output.Write("{\"result\":"u8);
            ProtocolJson.Write(output, result);
            output.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $",\"not_printed\":{notPrinted}}}\n")));
        }
    }

    private sealed class People(ProgramRequest request) : EventWriter
    {
        private readonly string _targetName = TargetName(request);

        public override void Event(IBufferWriter<byte> output, TraceEvent traceEvent) => Write(output, Line(traceEvent, _targetName) + "\n");

        public override void Result(IBufferWriter<byte> output, ProgramResult result, long notPrinted)
        {
            if (result.Error is not null)
            {
                return;
            }

            Write(output, ResultText.Write(result));
            if (notPrinted > 0)
            {
                Write(output, string.Create(CultureInfo.InvariantCulture, $"Note        {notPrinted} delivered events were not printed: the output was read too slowly; counts and statistics include them\n"));
            }
        }

        private static void Write(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);
    }
}
