using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sonde.Tests.Protocol;

/// <summary>As much of JSON Schema 2020-12 as the response's schema uses; an unknown keyword fails the test rather than pass unseen.</summary>
internal sealed class SchemaValidator(JsonObject root)
{
    private static readonly HashSet<string> Annotations = ["$schema", "$defs", "title", "description", "default"];

    public static SchemaValidator Parse(string schema) => new(JsonNode.Parse(schema)!.AsObject());

    /// <summary>What is wrong, by JSON path; empty for a valid document.</summary>
    public IReadOnlyList<string> Check(JsonNode? document) => Check(root, document, "$");

    private List<string> Check(JsonObject schema, JsonNode? value, string path)
    {
        var faults = new List<string>();
        foreach (var (keyword, rule) in schema)
        {
            if (!Annotations.Contains(keyword))
            {
                faults.AddRange(Apply(keyword, rule!, schema, value, path));
            }
        }

        return faults;
    }

    private IEnumerable<string> Apply(string keyword, JsonNode rule, JsonObject schema, JsonNode? value, string path)
    {
        switch (keyword)
        {
            case "$ref":
                return Check(root["$defs"]![((string)rule!)["#/$defs/".Length..]]!.AsObject(), value, path);
            case "oneOf":
                var matches = rule.AsArray().Count(option => Check(option!.AsObject(), value, path).Count == 0);
                return If(matches != 1, $"{path}: matches {matches} of the forms, expected one");
            case "anyOf":
                return If(!rule.AsArray().Any(option => Check(option!.AsObject(), value, path).Count == 0), $"{path}: matches none of the forms");
            case "type":
                return If(!IsType((string)rule!, value), $"{path}: is no {rule}");
            case "const":
                return If(!JsonNode.DeepEquals(rule, value), $"{path}: is not {rule}");
            case "enum":
                return If(!rule.AsArray().Any(option => JsonNode.DeepEquals(option, value)), $"{path}: is none of {rule.ToJsonString()}");
            case "properties":
                return value is not JsonObject members
                    ? []
                    : rule.AsObject().Where(property => members.ContainsKey(property.Key))
                        .SelectMany(property => Check(property.Value!.AsObject(), members[property.Key], $"{path}.{property.Key}"));
            case "required":
                return value is not JsonObject present
                    ? []
                    : rule.AsArray().Where(name => !present.ContainsKey((string)name!)).Select(name => $"{path}.{name}: is missing");
            case "additionalProperties":
                return value is not JsonObject all
                    ? []
                    : all.Where(member => schema["properties"]![member.Key] is null).Select(member => $"{path}.{member.Key}: is unknown");
            case "items":
                return value is not JsonArray items
                    ? []
                    : items.SelectMany((item, i) => Check(rule.AsObject(), item, $"{path}[{i}]"));
            case "maxItems":
                return If(value is JsonArray many && many.Count > (int)rule, $"{path}: has too many items");
            case "minItems":
                return If(value is JsonArray few && few.Count < (int)rule, $"{path}: has too few items");
            case "minLength":
                return If(IsType("string", value) && ((string)value!).Length < (int)rule, $"{path}: is too short");
            case "maxLength":
                return If(IsType("string", value) && ((string)value!).Length > (int)rule, $"{path}: is too long");
            case "minimum":
                return If(IsType("number", value) && (double)value! < (double)rule, $"{path}: is below {rule}");
            case "maximum":
                return If(IsType("number", value) && (double)value! > (double)rule, $"{path}: is above {rule}");
            default:
                throw new NotSupportedException($"the validator doesn't know the keyword {keyword}");
        }
    }

    private static IEnumerable<string> If(bool wrong, string fault) => wrong ? [fault] : [];

    private static bool IsType(string type, JsonNode? value) => (type, value?.GetValueKind()) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) => true,
        ("number", JsonValueKind.Number) or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => double.IsInteger((double)value!),
        _ => false,
    };
}
