using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sonde.VmTests;

/// <summary>
/// Compares a result with what a case expects of it. Objects must contain the expected fields, arrays the expected items;
/// strings may be <c>~REGEX</c>, <c>&gt;=N</c>, <c>&lt;=N</c> or hold <c>{ACTOR.pid}</c> or another figure of the workload's own; null stands for an absent field; an object with
/// a <c>*</c> field gives one value by kernel and that one for the rest.
/// </summary>
/// <param name="names">What this kernel is called, the most special first.</param>
/// <param name="figures">The workload's own.</param>
internal sealed class Expectation(IReadOnlyList<string> names, IReadOnlyDictionary<string, string> figures)
{
    /// <summary>What is expected on this kernel.</summary>
    public JsonNode? Chosen(JsonNode? expected) =>
        expected is JsonObject choice && choice.ContainsKey("*") ? choice[names.FirstOrDefault(choice.ContainsKey) ?? "*"] : expected;

    /// <summary>Every difference, with the path where it is.</summary>
    public IEnumerable<string> Differences(string path, JsonNode? expected, JsonNode? actual)
    {
        expected = Chosen(expected);
        switch (expected)
        {
            case JsonObject fields:
                return actual is JsonObject have
                    ? fields.SelectMany(field => Differences($"{path}.{field.Key}", field.Value, have[field.Key]))
                    : [$"{path}: expected an object, is {Shown(actual)}"];
            case JsonArray items:
                return actual is JsonArray among
                    ? items.Where(item => !among.Any(candidate => !Differences(path, item, candidate).Any()))
                        .Select(item => $"{path}: nothing like {Shown(item)} among {Shown(among)}")
                    : [$"{path}: expected a list, is {Shown(actual)}"];
            default:
                return Matches(expected, actual) ? [] : [$"{path}: expected {Shown(expected)}, is {Shown(actual)}"];
        }
    }

    private bool Matches(JsonNode? expected, JsonNode? actual)
    {
        if (expected is null || actual is null)
        {
            return expected is null && actual is null;
        }

        var wanted = figures.Aggregate(Text(expected), (text, figure) => text.Replace($"{{{figure.Key}}}", figure.Value, StringComparison.Ordinal));
        var have = Text(actual);
        return wanted switch
        {
            ['~', .. var pattern] => Regex.IsMatch(have, pattern, RegexOptions.CultureInvariant),
            ['>', '=', .. var least] => Number(have) >= Number(least),
            ['<', '=', .. var most] => Number(have) <= Number(most),
            _ => wanted == have,
        };
    }

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static string Text(JsonNode node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node.ToJsonString();

    private static string Shown(JsonNode? node)
    {
        var text = node?.ToJsonString() ?? "absent";
        return text.Length <= 600 ? text : text[..600] + "…";
    }
}
