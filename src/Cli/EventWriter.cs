using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary>How a trace is printed: for people or as JSON lines.</summary>
internal abstract class EventWriter
{
    /// <summary>The writer for one request.</summary>
    public static EventWriter For(ProgramRequest request, bool json) => json ? new JsonLines() : new People(request.Target[(request.Target.LastIndexOf('/') + 1)..]);

    /// <summary>One event, one line.</summary>
    public abstract void Event(TextWriter output, TraceEvent traceEvent);

    /// <summary>The end.</summary>
    public abstract void Result(TextWriter output, ProgramResult result);

    private sealed class JsonLines : EventWriter
    {
        public override void Event(TextWriter output, TraceEvent traceEvent) => output.WriteLine(ProtocolJson.Write(traceEvent));

        public override void Result(TextWriter output, ProgramResult result) => output.WriteLine($$"""{"result":{{ProtocolJson.Write(result)}}}""");
    }

    private sealed class People(string targetName) : EventWriter
    {
        public override void Event(TextWriter output, TraceEvent traceEvent)
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

            output.WriteLine(line);
        }

        public override void Result(TextWriter output, ProgramResult result)
        {
            if (result.Error is null)
            {
                output.Write(ResultText.Write(result));
            }
        }

        private static string Spell(JsonNode? value)
        {
            var text = value is JsonValue single && single.TryGetValue<string>(out var plain) ? plain : value?.ToJsonString() ?? "null";
            text = PrintableText.Line(text);
            return text.Length == 0 || (value is JsonValue && text.Contains(' ', StringComparison.Ordinal)) ? $"\"{text}\"" : text;
        }
    }
}
