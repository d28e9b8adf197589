using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sonde.Tests.Dialogue;

/// <summary>Whose field rules a <see cref="ContractServer"/> holds requests to.</summary>
internal enum GatewayKind
{
    OpenAi,
    TensorZero,
}

/// <summary>The rules of chat completions as the two kinds of servers document them, and of the contract on top. Holds the state of one diagnosis.</summary>
internal sealed class RequestRules(GatewayKind kind, string? key)
{
    private static readonly HashSet<string> OpenAiFields = ["model", "messages", "response_format", "temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stream"];
    private static readonly HashSet<string> TensorZeroFields = ["model", "messages", "tensorzero::episode_id", "tensorzero::tags"];

    private IReadOnlyList<(string Role, string Content)> _before = [];
    private bool _answered;

    /// <summary>What a TensorZero gateway assigns on the first call that it answers.</summary>
    public string Episode { get; } = Guid.CreateVersion7().ToString();

    public GatewayKind Kind => kind;

    /// <summary>A reply went out: from now on its episode is known, and its text belongs to the history.</summary>
    public void Answered(RecordedRequest request, string? content)
    {
        _answered = true;
        _before = string.IsNullOrWhiteSpace(content) ? request.Messages : [.. request.Messages, ("assistant", content)];
    }

    public IEnumerable<string> Check(RecordedRequest request) => CheckHead(request).Concat(request.Body is { } body ? CheckBody(request, body) : ["the body is no JSON object"]);

    private IEnumerable<string> CheckHead(RecordedRequest request)
    {
        if (request.Method != "POST" || request.Path != "/openai/v1/chat/completions")
        {
            yield return $"{request.Method} {request.Path} instead of POST /openai/v1/chat/completions";
        }

        if (!request.Headers.TryGetValue("Content-Type", out var type) || type.Split(';')[0] != "application/json")
        {
            yield return $"Content-Type is {type ?? "missing"}";
        }

        request.Headers.TryGetValue("Authorization", out var authorization);
        if (authorization != (key is null ? null : $"Bearer {key}"))
        {
            yield return "the Authorization header is not the key as a Bearer token";
        }
    }

    private IEnumerable<string> CheckBody(RecordedRequest request, JsonObject body)
    {
        var fields = kind == GatewayKind.OpenAi ? OpenAiFields : TensorZeroFields;
        foreach (var (name, _) in body.Where(f => !fields.Contains(f.Key)))
        {
            yield return $"unknown or forbidden field {name}";
        }

        var model = (string?)body["model"] ?? "";
        if (model.Length == 0 || model.StartsWith("tensorzero::", StringComparison.Ordinal) != (kind == GatewayKind.TensorZero))
        {
            yield return $"model \"{model}\" is not one of this server";
        }

        foreach (var fault in CheckMessages(request).Concat(kind == GatewayKind.OpenAi ? CheckOpenAi(request, body) : CheckTensorZero(body)))
        {
            yield return fault;
        }
    }

    private IEnumerable<string> CheckMessages(RecordedRequest request)
    {
        foreach (var extra in (request.Body!["messages"] as JsonArray ?? []).OfType<JsonObject>().SelectMany(static m => m.Select(static f => f.Key)).Except(["role", "content"]))
        {
            yield return $"unknown field {extra} in a message";
        }

        var turns = request.Messages.Where(static m => m.Role != "system").ToList();
        if (turns.Count == 0 || turns[^1].Role != "user")
        {
            yield return "the last message is not the user's";
        }

        if (turns.Where((m, i) => m.Role != (i % 2 == 0 ? "user" : "assistant")).Any())
        {
            yield return "user and assistant do not alternate, beginning with user: " + string.Join(", ", turns.Select(static m => m.Role));
        }

        if (request.Messages.Any(static m => m.Content.Length == 0))
        {
            yield return "a message is empty";
        }

        if (!request.Messages.Take(_before.Count).SequenceEqual(_before))
        {
            yield return "the history so far is not repeated word for word";
        }
    }

    private static IEnumerable<string> CheckOpenAi(RecordedRequest request, JsonObject body)
    {
        if (request.Messages.Count(static m => m.Role == "system") != 1 || request.Messages[0].Role != "system")
        {
            yield return "there is not exactly one system message, in the first place";
        }

        if (body["response_format"] is { } format && (format.ToJsonString() != """{"type":"json_object"}""" || !request.Messages.Any(static m => m.Content.Contains("JSON", StringComparison.OrdinalIgnoreCase))))
        {
            yield return "response_format is not json_object, or no message speaks of JSON";
        }
    }

    private IEnumerable<string> CheckTensorZero(JsonObject body)
    {
        if (body["messages"] is JsonArray messages && messages.Any(static m => (string?)m?["role"] == "system"))
        {
            yield return "the function has its own system prompt, a system message is not let in";
        }

        if ((string?)body["tensorzero::episode_id"] != (_answered ? Episode : null))
        {
            yield return _answered ? "the episode id is not the one of the first reply" : "an episode id on the first call";
        }

        if (body["tensorzero::tags"] is not JsonObject tags || tags.Any(static t => t.Value?.GetValueKind() != JsonValueKind.String || t.Key.StartsWith("tensorzero::", StringComparison.Ordinal)))
        {
            yield return "tags are not an object of strings with names of their own";
        }
        else if (!tags.ContainsKey("host") || !tags.ContainsKey("session"))
        {
            yield return "tags lack host or session";
        }
    }
}
