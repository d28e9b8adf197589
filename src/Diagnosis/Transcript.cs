using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sonde.Diagnosis;

/// <summary>What was said, word for word and in order, one JSON object a line.</summary>
internal sealed class Transcript(SessionFolder folder, TimeProvider time)
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A message of the agent.</summary>
    public void Sent(string content) => Append("sent", content, tokens: null);

    /// <summary>A reply, valid or not.</summary>
    public void Received(string content, long tokens) => Append("received", content, tokens);

    /// <summary>What happened besides.</summary>
    public void Note(string text) => Append("note", text, tokens: null);

    private void Append(string kind, string content, long? tokens)
    {
        var buffer = new ArrayBufferWriter<byte>(content.Length + 128);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow());
            json.WriteString("kind", kind);
            json.WriteString("content", content);
            if (tokens is { } number)
            {
                json.WriteNumber("tokens", number);
            }

            json.WriteEndObject();
        }

        folder.Append(SessionFolder.TranscriptName, Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
