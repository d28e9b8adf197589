using System.Text.Json.Nodes;
using Sonde.Protocol;

namespace Sonde.Redaction;

/// <content>Documents of the contract: every text in them, whatever field it is in.</content>
internal sealed partial class Redactor
{
    /// <summary>The document without secrets; itself where it holds none. What the contract doesn't write (<c>JsonIgnore</c>) is not kept in one that changes.</summary>
    public T Redact<T>(T document) where T : class => Redact(document, out _);

    /// <summary>As above.</summary>
    /// <param name="document">Of the contract.</param>
    /// <param name="replaced">Places where a secret stood.</param>
    public T Redact<T>(T document, out int replaced) where T : class
    {
        var json = JsonNode.Parse(ProtocolJson.Write(document))!;
        replaced = RedactIn(json);
        return replaced == 0 ? document : ProtocolJson.Read<T>(json.ToJsonString());
    }

    /// <summary>As above, for what comes by the thousand: an event without a secret costs no copy.</summary>
    public TraceEvent Redact(TraceEvent traceEvent) =>
        HasSecret(traceEvent.Data) || FindAll(traceEvent.ProcessName).Count > 0 ? Redact(traceEvent, out _) : traceEvent;

    private bool HasSecret(JsonNode? node) => node switch
    {
        JsonObject members => members.Any(member => HasSecret(member.Value)),
        JsonArray items when items.All(IsText) => FindAll(string.Join(' ', items.Select(static item => item!.GetValue<string>()))).Count > 0,
        JsonArray items => items.Any(HasSecret),
        _ => IsText(node) && FindAll(node!.GetValue<string>()).Count > 0,
    };

    private int RedactIn(JsonNode? node) => node switch
    {
        JsonObject members => members.ToList().Sum(member => RedactMember(member.Value, text => members[member.Key] = text)),
        JsonArray items when items.Count > 0 && items.All(IsText) => RedactArguments(items),
        JsonArray items => Enumerable.Range(0, items.Count).Sum(i => RedactMember(items[i], text => items[i] = text)),
        _ => 0,
    };

    private int RedactMember(JsonNode? value, Action<string> replace)
    {
        if (!IsText(value))
        {
            return RedactIn(value);
        }

        var redacted = Redact(value!.GetValue<string>(), out var replaced);
        if (replaced > 0)
        {
            replace(redacted);
        }

        return replaced;
    }

    // An argument vector tells of a secret only as a whole: ["mysql", "--password", "hunter2"].
    private int RedactArguments(JsonArray items)
    {
        string[] texts = [.. items.Select(static item => item!.GetValue<string>())];
        var line = string.Join(' ', texts);
        var secrets = FindAll(line);
        var start = 0;
        for (var i = 0; i < texts.Length && secrets.Count > 0; i++)
        {
            var (from, end) = (start, start + texts[i].Length);
            start = end + 1;
            var inside = secrets.Where(secret => secret.Start < end && secret.End > from).ToList();
            if (inside.Count > 0)
            {
                var text = new System.Text.StringBuilder();
                var at = from;
                foreach (var secret in inside)
                {
                    text.Append(line.AsSpan(at, Math.Max(0, secret.Start - at))).Append(PlaceholderOf(line, secret));
                    at = Math.Min(end, secret.End);
                }

                items[i] = text.Append(line.AsSpan(at, end - at)).ToString();
            }
        }

        return secrets.Count;
    }

    private static bool IsText(JsonNode? node) => node?.GetValueKind() == System.Text.Json.JsonValueKind.String;
}
