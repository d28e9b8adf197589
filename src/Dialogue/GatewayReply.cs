using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Sonde.Dialogue;

/// <summary>What a chat completion says, as far as a diagnosis needs it.</summary>
/// <param name="Content">The answer; empty where the server sent null.</param>
/// <param name="Episode">TensorZero's <c>episode_id</c>, or null.</param>
/// <param name="Tokens">Of this call; 0 where the server doesn't say.</param>
internal sealed record GatewayReply(string Content, string? Episode, long Tokens)
{
    private const int LongestEpisode = 128;

    /// <summary>Reads a body that came with status 200.</summary>
    /// <param name="body">Whole.</param>
    /// <param name="reply">When it is a chat completion.</param>
    /// <param name="fault">Otherwise: what it is instead.</param>
    public static bool TryRead(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out GatewayReply? reply, [NotNullWhen(false)] out string? fault)
    {
        reply = null;
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                fault = "the answer is JSON, but no chat completion";
                return false;
            }

            if (root.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.String or JsonValueKind.Object)
            {
                fault = "the answer is an error: " + MessageOf(error);
                return false;
            }

            if (!TryGetMessage(root, out var message))
            {
                fault = "the answer has no choices[0].message";
                return false;
            }

            fault = null;
            reply = new GatewayReply(ContentOf(message), EpisodeOf(root), TokensOf(root));
            return true;
        }
        catch (JsonException)
        {
            fault = "the answer is no JSON";
            return false;
        }
    }

    /// <summary>The text of an error body in either shape, else the beginning of whatever it is.</summary>
    public static string ErrorText(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return MessageOf(root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var error) ? error : root);
        }
        catch (JsonException)
        {
            return Encoding.UTF8.GetString(body.Span).Trim();
        }
    }

    /// <summary>Whether the body is empty, or an object without its end.</summary>
    public static bool BreaksOff(ReadOnlyMemory<byte> body)
    {
        var text = body.Span.Trim(" \t\r\n"u8);
        return text.IsEmpty || (text[0] == '{' && text[^1] != '}');
    }

    private static string MessageOf(JsonElement error) => error.ValueKind switch
    {
        JsonValueKind.String => error.GetString()!,
        JsonValueKind.Object when error.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String => message.GetString()!,
        _ => error.GetRawText(),
    };

    private static bool TryGetMessage(JsonElement root, out JsonElement message)
    {
        message = default;
        return root.TryGetProperty("choices", out var choices)
            && choices.ValueKind == JsonValueKind.Array
            && choices.GetArrayLength() > 0
            && choices[0].ValueKind == JsonValueKind.Object
            && choices[0].TryGetProperty("message", out message)
            && message.ValueKind == JsonValueKind.Object;
    }

    // A string by the book; some servers send a list of parts, and null for an empty answer.
    private static string ContentOf(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content))
        {
            return "";
        }

        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Concat(content.EnumerateArray()
                .Where(static part => part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
                .Select(static part => part.GetProperty("text").GetString())),
            JsonValueKind.Object => content.GetRawText(),
            _ => "",
        };
    }

    private static string? EpisodeOf(JsonElement root) =>
        root.TryGetProperty("episode_id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 and <= LongestEpisode } text
            ? text
            : null;

    private static long TokensOf(JsonElement root)
    {
        if (!root.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object)
        {
            return 0;
        }

        return Number(usage, "total_tokens") is > 0 and var total ? total : Number(usage, "prompt_tokens") + Number(usage, "completion_tokens");
    }

    private static long Number(JsonElement usage, string name) =>
        usage.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number > 0 ? number : 0;
}
