using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sonde.Tests.Dialogue;

/// <summary>One request as it came over the wire.</summary>
internal sealed record RecordedRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Text)
{
    /// <summary>Null when the text is no JSON object.</summary>
    public JsonObject? Body { get; } = Parse(Text);

    public IReadOnlyList<string> Violations { get; set; } = [];

    /// <summary>Roles and contents, in order.</summary>
    public IReadOnlyList<(string Role, string Content)> Messages =>
    [
        .. from message in Body?["messages"] as JsonArray ?? []
           select ((string?)message?["role"] ?? "", message?["content"]?.GetValueKind() == JsonValueKind.String ? (string)message["content"]! : ""),
    ];

    /// <summary>Null at the end of the connection.</summary>
    public static async Task<RecordedRequest?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, cancellation) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var start = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(static l => l.Split(':', 2)).ToDictionary(static p => p[0], static p => p[1].Trim(), StringComparer.OrdinalIgnoreCase);
        var body = new byte[headers.TryGetValue("Content-Length", out var length) ? int.Parse(length) : 0];
        await stream.ReadExactlyAsync(body, cancellation);
        return new RecordedRequest(start[0], start[1], headers, Encoding.UTF8.GetString(body));
    }

    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
