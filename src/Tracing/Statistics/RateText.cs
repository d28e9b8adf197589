using System.Globalization;

namespace Sonde.Tracing.Statistics;

/// <summary>How the matches spread over the window, in one sentence: only where it is out of the ordinary for their number.</summary>
internal static class RateText
{
    // Fewer seconds, or fewer matches, make no course.
    private const int FewestSeconds = 4;
    private const long FewestMatches = 40;

    // Of a steady rate, a second this far above the mean is rare even by chance.
    private const double Burst = 4;
    private const double Trend = 2;

    /// <summary>A sentence with a space before it, or nothing.</summary>
    /// <param name="perSecond">Matches in each second, from the window's beginning to the last that had any.</param>
    /// <param name="seconds">Length of the window.</param>
    public static string Of(IReadOnlyList<long> perSecond, double seconds)
    {
        // The last second is whole only where the window goes on after it.
        var whole = (int)Math.Floor(seconds);
        var counts = Enumerable.Range(0, whole).Select(second => second < perSecond.Count ? perSecond[second] : 0).ToList();
        var sum = counts.Sum();
        if (whole < FewestSeconds || sum < FewestMatches)
        {
            return "";
        }

        var mean = (double)sum / whole;
        var highest = counts.Max();
        if (highest > mean * Burst)
        {
            return string.Create(CultureInfo.InvariantCulture, $" They came in bursts: {highest} in second {counts.IndexOf(highest) + 1}, {Rate(mean)} a second in the mean.");
        }

        var (first, second) = (counts.Take(whole / 2).Average(), counts.Skip(whole - whole / 2).Average());
        return second > first * Trend ? $" The rate rose from {Rate(first)} to {Rate(second)} a second."
            : first > second * Trend ? $" The rate fell from {Rate(first)} to {Rate(second)} a second."
            : $" The rate was steady: {Rate(mean)} a second.";
    }

    private static string Rate(double rate) => rate.ToString(rate < 10 ? "0.#" : "0", CultureInfo.InvariantCulture);
}
