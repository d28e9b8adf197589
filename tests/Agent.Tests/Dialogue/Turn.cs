using System.Text;
using System.Text.Json.Nodes;

namespace Sonde.Tests.Dialogue;

/// <summary>What a <see cref="ContractServer"/> does with one valid request.</summary>
internal sealed class Turn
{
    private readonly Func<RecordedRequest, RequestRules, byte[]> _bytes;

    private Turn(Func<RecordedRequest, RequestRules, byte[]> bytes) => _bytes = bytes;

    /// <summary>Never answers.</summary>
    public bool Hangs { get; private init; }

    /// <summary>Resets the connection.</summary>
    public bool Resets { get; private init; }

    /// <summary>Closes the connection after what it sent.</summary>
    public bool Closes { get; private init; }

    /// <summary>Says itself what goes over the connection; null for <see cref="Bytes"/>.</summary>
    public Func<Stream, CancellationToken, Task>? Plays { get; private init; }

    public byte[] Bytes(RecordedRequest request, RequestRules rules) => _bytes(request, rules);

    /// <summary>A chat completion with this text.</summary>
    public static Turn Reply(string? content, long tokens = 100) => Reply(_ => content, tokens);

    /// <summary>A chat completion that depends on what was asked.</summary>
    public static Turn Reply(Func<RecordedRequest, string?> content, long tokens = 100) => new((request, rules) =>
    {
        var text = content(request);
        rules.Answered(request, text);
        return Http(200, Completion(request, rules, text, tokens).ToJsonString());
    });

    /// <summary>A status with a body and further headers.</summary>
    public static Turn Status(int status, string body, params string[] headers) => new((_, _) => Http(status, body, headers));

    /// <summary>An error in the nested shape.</summary>
    public static Turn Error(int status, string message, params string[] headers) =>
        Status(status, new JsonObject { ["error"] = new JsonObject { ["message"] = message } }.ToJsonString(), headers);

    /// <summary>A 200 with a body of the test's own.</summary>
    public static Turn Raw(string body) => Status(200, body);

    /// <summary>As servers do that don't know the field; later requests are held to leaving it out.</summary>
    public static Turn RefuseResponseFormat() => new((request, _) => request.Body!.ContainsKey("response_format")
        ? Http(400, """{"error":{"message":"response_format is not supported"}}""")
        : Http(500, """{"error":"there was no response_format to refuse"}"""));

    /// <summary>Silence.</summary>
    public static Turn Hang() => new(static (_, _) => []) { Hangs = true };

    /// <summary>Half an answer, then silence.</summary>
    public static Turn HangMidway() => new(static (_, _) => [])
    {
        Plays = static async (stream, end) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"choices\":["u8.ToArray(), end);
            await Task.Delay(Timeout.Infinite, end);
        },
    };

    /// <summary>One byte after another, for ever.</summary>
    public static Turn Drip() => new(static (_, _) => [])
    {
        Plays = static async (stream, end) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"u8.ToArray(), end);
            while (true)
            {
                await stream.WriteAsync(" "u8.ToArray(), end);
                await Task.Delay(5, end);
            }
        },
    };

    /// <summary>A completion under another type.</summary>
    public static Turn Typed(string contentType, string content) => new((request, rules) =>
    {
        rules.Answered(request, content);
        return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Http(200, Completion(request, rules, content, 100).ToJsonString())).Replace("application/json", contentType, StringComparison.Ordinal));
    });

    /// <summary>A reset instead of an answer.</summary>
    public static Turn Reset() => new(static (_, _) => []) { Resets = true };

    /// <summary>The beginning of a body that says it is longer.</summary>
    public static Turn BreakOff() => new(static (_, _) => Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"choices\":[")) { Closes = true };

    /// <summary>As <see cref="BreakOff"/>, by a server that doesn't say how long the body is.</summary>
    public static Turn BreakOffUnannounced() => new(static (_, _) => Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"choices\":[")) { Closes = true };

    /// <summary>A valid completion of at least this many bytes.</summary>
    public static Turn Huge(int bytes) => Reply(new string('x', bytes));

    private static JsonObject Completion(RecordedRequest request, RequestRules rules, string? content, long tokens)
    {
        var completion = new JsonObject
        {
            ["id"] = "chatcmpl-1",
            ["object"] = "chat.completion",
            ["created"] = 1795413600,
            ["model"] = (string?)request.Body!["model"],
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = content },
                ["finish_reason"] = "stop",
            }),
            ["usage"] = new JsonObject { ["prompt_tokens"] = tokens - 10, ["completion_tokens"] = 10, ["total_tokens"] = tokens },
        };
        if (rules.Kind == GatewayKind.TensorZero)
        {
            completion["episode_id"] = rules.Episode;
        }

        return completion;
    }

    private static byte[] Http(int status, string body, params string[] headers)
    {
        var content = Encoding.UTF8.GetBytes(body);
        var head = $"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {content.Length}\r\n{string.Concat(headers.Select(static h => h + "\r\n"))}\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. content];
    }
}
