using System.Globalization;

namespace Sonde.Benchmarks.Measuring;

/// <summary>One figure over all rounds: its median and range, which say how far to trust it.</summary>
internal sealed class Series(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    public int Count => _sorted.Length;

    public double Median => _sorted.Length == 0 ? double.NaN
        : _sorted.Length % 2 == 1 ? _sorted[_sorted.Length / 2]
        : (_sorted[_sorted.Length / 2 - 1] + _sorted[_sorted.Length / 2]) / 2;

    public double Least => _sorted.Length == 0 ? double.NaN : _sorted[0];

    public double Most => _sorted.Length == 0 ? double.NaN : _sorted[^1];

    /// <summary>Round by round: what one measured over what the other did right beside it.</summary>
    public static Series Ratios(IReadOnlyList<double> figures, IReadOnlyList<double> peers) =>
        new(figures.Zip(peers).Where(static pair => pair.Second > 0).Select(static pair => pair.First / pair.Second));

    /// <summary>"median unit (least–most)".</summary>
    public string Spell(string unit, string format = "0") => string.Create(
        CultureInfo.InvariantCulture,
        $"{Median.ToString(format, CultureInfo.InvariantCulture)}{unit} ({Least.ToString(format, CultureInfo.InvariantCulture)}–{Most.ToString(format, CultureInfo.InvariantCulture)})");
}
