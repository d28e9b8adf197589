using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Sonde.Protocol;

namespace Sonde.Tests.Sandboxing;

/// <summary>Commands that read give the same output in the sandbox as outside of it.</summary>
public sealed partial class DiagnosticsTests(ITestOutputHelper output)
{
    private const int NoSuchProgram = 127;

    // Of lines whose numbers don't count, this much must be the same: processes come and go between two runs.
    private const double AlikeShare = 0.85;

    [Fact]
    public async Task Diagnostics_print_the_same_in_the_sandbox()
    {
        Assert.SkipWhen(Confined.Unavailable is not null, Confined.Unavailable ?? "");
        using var confined = new Confined();
        var differing = new List<string>();
        var counted = 0;
        var lines = (await File.ReadAllLinesAsync(DataFile(), TestContext.Current.CancellationToken)).Where(static line => line.Length > 2 && line[0] is '=' or '~').ToList();
        Assert.True(lines.Count >= 120);
        foreach (var line in lines)
        {
            var plain = await Confined.RunUnconfinedAsync(line[2..]);
            if (plain.ExitCode == NoSuchProgram || plain.Stderr.Contains("not found", StringComparison.Ordinal))
            {
                continue; // This machine lacks the tool.
            }

            counted++;
            var inside = await confined.RunAsync(line[2..]);
            if (!Same(plain, inside, exactly: line[0] == '='))
            {
                differing.Add($"{line[2..]}\n  plain ({plain.ExitCode}): {Head(plain.Stdout)}\n  confined ({inside.ExitCode}): {Head(inside.Stdout)}{Head(inside.Stderr)}{inside.Error}");
            }
        }

        output.WriteLine($"{counted - differing.Count} of {counted} diagnostics the same in the sandbox");
        differing.ForEach(output.WriteLine);
        Assert.True(counted >= 60, "this machine lacks nearly every tool");
        Assert.True(differing.Count * 120 <= counted * 4, string.Join('\n', differing));
    }

    private static bool Same(CommandResult plain, CommandResult inside, bool exactly)
    {
        if (plain.ExitCode != inside.ExitCode)
        {
            return false;
        }

        if (exactly)
        {
            return plain.Stdout == inside.Stdout;
        }

        var (first, second) = (Shapes(plain.Stdout), Shapes(inside.Stdout));
        return first.Count == 0 ? second.Count == 0 : first.Intersect(second).Count() >= AlikeShare * Math.Max(first.Count, second.Count);
    }

    private static HashSet<string> Shapes(string text) => [.. text.Split('\n').Select(static line => Blanks().Replace(Numbers().Replace(line, "#"), " ").Trim())];

    private static string Head(string text) => text.Length > 300 ? text[..300] : text;

    private static string DataFile([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "diagnostics.txt");

    [GeneratedRegex(@"-?[0-9]+([.:][0-9]+)*")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
