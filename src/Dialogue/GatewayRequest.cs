using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sonde.Dialogue;

/// <summary>Writes the body of one chat completion call.</summary>
internal static class GatewayRequest
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>For a TensorZero gateway: the system prompt is its own; the episode joins the calls of one diagnosis.</summary>
    /// <param name="model">Begins with <see cref="GatewayOptions.TensorZeroPrefix"/>.</param>
    /// <param name="history">Whole.</param>
    /// <param name="episode">As the first reply named it; null on the first call.</param>
    /// <param name="tags">What the gateway's records are found by.</param>
    public static ReadOnlyMemory<byte> ForTensorZero(
        string model, IReadOnlyList<ChatMessage> history, string? episode, IReadOnlyDictionary<string, string> tags) =>
        Write(model, null, history, json =>
        {
            if (episode is not null)
            {
                json.WriteString("tensorzero::episode_id", episode);
            }

            json.WriteStartObject("tensorzero::tags");
            foreach (var (name, value) in tags)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        });

    /// <summary>For any other server.</summary>
    /// <param name="model">As the server knows it.</param>
    /// <param name="systemPrompt">Sent as the system message.</param>
    /// <param name="history">Whole.</param>
    /// <param name="askForJson">Whether the server takes <c>response_format</c>.</param>
    public static ReadOnlyMemory<byte> ForOpenAi(string model, string systemPrompt, IReadOnlyList<ChatMessage> history, bool askForJson) =>
        Write(model, systemPrompt, history, json =>
        {
            if (askForJson)
            {
                json.WriteStartObject("response_format");
                json.WriteString("type", "json_object");
                json.WriteEndObject();
            }
        });

    private static ReadOnlyMemory<byte> Write(string model, string? system, IReadOnlyList<ChatMessage> history, Action<Utf8JsonWriter> extra)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteStartArray("messages");
            if (system is not null)
            {
                WriteMessage(json, "system", system);
            }

            foreach (var message in history)
            {
                WriteMessage(json, message.Role == ChatRole.User ? "user" : "assistant", message.Content);
            }

            json.WriteEndArray();
            extra(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteMessage(Utf8JsonWriter json, string role, string content)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", content);
        json.WriteEndObject();
    }
}
