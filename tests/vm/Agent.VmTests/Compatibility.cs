using System.Text;
using System.Text.Json.Nodes;

namespace Sonde.VmTests;

/// <summary>What was attached for each row of the table of targets: <c>docs/compatibility.md</c>, one section by each that measures.</summary>
internal static class Compatibility
{
    /// <summary>The page in the repository.</summary>
    public static readonly string Page = Path.Combine(Repository.Root, "docs", "compatibility.md");

    /// <summary>The rows, as a request's type and target.</summary>
    public static IReadOnlyList<(string Type, string Target)> Rows { get; } =
        [.. File.ReadLines(Path.Combine(Repository.Vm, "table.txt")).Where(line => line.Length > 0 && line[0] != '#').Select(line => (line.Split(' ')[0], line.Split(' ')[1]))];

    /// <summary>The first case that asks for a row's target and says what its events hold, with the program's name there; null for none.</summary>
    public static (VmCase Case, string Program)? CaseOf((string Type, string Target) row, Func<VmCase, bool> runs) => VmCase.Names
        .Select(VmCase.Load).Where(runs)
        .SelectMany(vmCase => vmCase.Programs.Select(program => (vmCase, program)))
        .Where(pair => (string?)pair.program["type"] == row.Type && (string?)pair.program["target"] == row.Target)
        .Select(pair => ((VmCase, string)?)(pair.vmCase, (string)pair.program["name"]!))
        .FirstOrDefault(pair => SaysWhatItHolds(pair!.Value.Item1.Expect[pair.Value.Item2]));

    /// <summary>What a program's result says was attached; the error's code in parentheses where nothing was.</summary>
    public static string Attached(JsonObject? results, string program)
    {
        var result = results?.Select(item => item.Value!).FirstOrDefault(item => (string?)item["program_name"] == program);
        return result is null ? "(no result)"
            : result["error"] is JsonObject error ? $"({error["code"]})"
            : $"`{result["attached"]}`";
    }

    /// <summary>A section with one column for each kernel.</summary>
    public static string Section(IReadOnlyList<string> kernels, Func<string, (string Type, string Target), string> attached)
    {
        var page = new StringBuilder($"| asked | {string.Join(" | ", kernels)} |\n|---|{string.Concat(kernels.Select(_ => "---|"))}\n");
        foreach (var row in Rows)
        {
            page.Append($"| {row.Type} `{row.Target}` | {string.Join(" | ", kernels.Select(kernel => attached(kernel, row)))} |\n");
        }

        return page.ToString();
    }

    /// <summary>
    /// Asserts that the page has this section as it was measured. With <c>SONDE_UPDATE_PAGES</c> set it is written instead.
    /// </summary>
    /// <param name="name">The section's name in its markers.</param>
    /// <param name="measured">Its text.</param>
    public static void CheckSection(string name, string measured)
    {
        if (Environment.GetEnvironmentVariable("SONDE_UPDATE_PAGES") is { Length: > 0 })
        {
            WriteSection(name, measured);
            return;
        }

        var (before, section, _) = Split(name);
        Assert.True(section == measured, $"{Page} is stale behind its line {before.Count(c => c == '\n')}: `make compatibility` writes it anew. Measured:\n{measured}");
    }

    /// <summary>Puts what was measured into the page.</summary>
    /// <param name="name">The section's name in its markers.</param>
    /// <param name="measured">Its text.</param>
    public static void WriteSection(string name, string measured)
    {
        lock (Page)
        {
            var (before, _, after) = Split(name);
            File.WriteAllText(Page, before + measured + after);
        }
    }

    private static (string Before, string Section, string After) Split(string name)
    {
        var (begin, end) = ($"<!-- {name}: measured -->\n", $"<!-- {name}: end -->\n");
        var page = File.ReadAllText(Page);
        var from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = page.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= begin.Length && to >= from, $"{Page} has no section {name}");
        return (page[..from], page[from..to], page[to..]);
    }

    private static bool SaysWhatItHolds(JsonNode? expected)
    {
        var chosen = (expected?["*"] ?? expected)?.AsObject();
        return chosen?["event_count"] is not null && (chosen["every_event"] ?? chosen["events"] ?? chosen["statistics"]) is not null;
    }
}
