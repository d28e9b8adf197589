using System.Text.Json.Nodes;

namespace Sonde.ScenarioTests;

/// <summary>What one scenario left behind.</summary>
internal sealed record ScenarioResult
{
    public required string Name { get; init; }

    public string Title { get; init; } = "";

    /// <summary>Why it could not be made here, or null.</summary>
    public string? Skipped { get; init; }

    /// <summary>What went wrong before there was a report, or null.</summary>
    public string? Trouble { get; init; }

    /// <summary>What the cause must hold.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];

    public string Cause { get; init; } = "";

    public string Confidence { get; init; } = "";

    public string Evidence { get; init; } = "";

    public string Model { get; init; } = "";

    public double Seconds { get; init; }

    /// <summary>Facts that the cause lacks.</summary>
    public IReadOnlyList<string> Missing => [.. Facts.Where(fact => !Cause.Contains(fact, StringComparison.Ordinal))];

    /// <summary>Where nothing is wrong no cause may be claimed with confidence.</summary>
    public bool IsRight => Trouble is null && (Facts.Count > 0 ? Missing.Count == 0 : Confidence != "High");

    public static ScenarioResult Read(string name, string folder)
    {
        var title = Text(folder, "title") ?? name;
        if (Text(folder, "skipped") is { } reason)
        {
            return new ScenarioResult { Name = name, Title = title, Skipped = reason };
        }

        if (Text(folder, "exit") is not "0" || Text(folder, "report.json") is not { Length: > 0 } json)
        {
            return new ScenarioResult
            {
                Name = name,
                Title = title,
                Trouble = $"no report: exit code {Text(folder, "exit") ?? "missing"}\n{Text(folder, "scenario.err")}\n{Text(folder, "stderr")}",
            };
        }

        var report = JsonNode.Parse(json)!;
        var resolution = report["resolution"]!;
        return new ScenarioResult
        {
            Name = name,
            Title = title,
            Facts = [.. (Text(folder, "facts") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)],
            Cause = (string)resolution["root_cause"]!,
            Confidence = (string)resolution["confidence"]!,
            Evidence = (string?)resolution["ebpf_evidence"] ?? "",
            Model = (string?)report["model"] ?? "",
            Seconds = double.TryParse(Text(folder, "seconds"), System.Globalization.CultureInfo.InvariantCulture, out var seconds) ? seconds : 0,
        };
    }

    /// <summary>One line of the table.</summary>
    public string Row => Skipped is not null ? $"{Title,-36}  skipped: {Skipped}"
        : Trouble is not null ? $"{Title,-36}  failed   {Trouble.Split('\n')[0]}"
        : $"{Title,-36}  {(Facts.Count == 0 ? IsRight ? "no cause" : "BLAMED" : IsRight ? "found" : "MISSED"),-8}  {Confidence,-10}  {Seconds,5:0.0} s";

    private static string? Text(string folder, string file) =>
        File.Exists(Path.Combine(folder, file)) ? File.ReadAllText(Path.Combine(folder, file)).Trim() : null;
}
