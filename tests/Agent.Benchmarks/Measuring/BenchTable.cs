using System.Text;

namespace Sonde.Benchmarks.Measuring;

/// <summary>The table: printed row by row as figures come, and as Markdown at the end.</summary>
internal sealed class BenchTable
{
    private const string Begin = "<!-- table -->";
    private const string End = "<!-- /table -->";

    private static readonly string[] Heads = ["what", "sonde", "peer", "ratio", "goal", ""];
    private static readonly int[] Widths = [58, 32, 40, 18, 22, 0];

    private readonly List<Row> _rows = [];

    public BenchTable() => Console.WriteLine(Line(Heads));

    public bool HasMissed => _rows.Exists(static row => row.Met == false);

    public void Add(Row row)
    {
        _rows.Add(row);
        Console.WriteLine(Line([row.What, row.Figure, row.Peer, row.Ratio, row.Goal, row.Verdict]));
    }

    /// <summary>A row for a group that could not be measured: it fails the run.</summary>
    public void Broken(string group, string reason) => Add(Row.Check(group, "", reason, met: false));

    /// <summary>Puts the table between the page's two marks.</summary>
    public void WriteInto(string page)
    {
        var text = File.ReadAllText(page);
        var begin = text.IndexOf(Begin, StringComparison.Ordinal);
        var end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new InvalidOperationException($"{page} has no place for the table: the lines {Begin} and {End}");
        }

        File.WriteAllText(page, string.Concat(text.AsSpan(0, begin + Begin.Length), "\n", Markdown(), text.AsSpan(end)));
    }

    private string Markdown()
    {
        var text = new StringBuilder("| what | sonde | peer | ratio | goal | |\n|---|---|---|---|---|---|\n");
        foreach (var row in _rows)
        {
            text.Append($"| {row.What} | {row.Figure} | {row.Peer} | {row.Ratio} | {row.Goal} | {row.Verdict} |\n");
        }

        return text.ToString();
    }

    private static string Line(string[] cells) => string.Concat(cells.Zip(Widths, static (cell, width) => cell.PadRight(width) + " ")).TrimEnd();
}
