using System.Globalization;

namespace Sonde.Benchmarks.Measuring;

/// <summary>One line of the table.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Figure">The product's.</param>
/// <param name="Peer">The peer's, from the same rounds; empty where there is none.</param>
/// <param name="Ratio">The first over the second; empty where the goal is no ratio.</param>
/// <param name="Goal">What it must be; empty for a row that only informs.</param>
/// <param name="Met">Whether it is; null where there is no goal or no peer to measure against.</param>
internal sealed record Row(string What, string Figure, string Peer, string Ratio, string Goal, bool? Met)
{
    public string Verdict => Met switch { true => "ok", false => "MISSED", null => Goal.Length > 0 ? "not measured" : "" };

    /// <summary>A row whose goal is a ratio at most.</summary>
    public static Row Compare(string what, string figure, string peer, Series ratios, double most) => new(
        what,
        figure,
        peer,
        ratios.Count == 0 ? "" : ratios.Spell("", "0.00"),
        string.Create(CultureInfo.InvariantCulture, $"≤ {most:0.##} ×"),
        ratios.Count == 0 ? null : ratios.Median <= most);

    /// <summary>A row whose goal is a condition.</summary>
    public static Row Check(string what, string figure, string goal, bool met) => new(what, figure, "", "", goal, met);

    /// <summary>A row that only informs.</summary>
    public static Row Inform(string what, string figure, string peer = "") => new(what, figure, peer, "", "", null);
}
