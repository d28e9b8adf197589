using System.Globalization;
using System.Text.RegularExpressions;

namespace Sonde.Diagnosis;

/// <summary>A piece of evidence as text in which words and figures are looked up.</summary>
internal sealed partial class EvidenceText(string text)
{
    private readonly Lazy<double[]> _numbers = new(() =>
        [.. Number().Matches(text).Select(m => double.Parse(m.Value, CultureInfo.InvariantCulture)).Distinct().Order()]);

    /// <summary>Whether it holds this text, not as part of a longer word or number.</summary>
    public bool HasWord(string word)
    {
        for (var at = text.IndexOf(word, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var end = at + word.Length;
            if ((at == 0 || !IsWord(text[at - 1]) || !IsWord(word[0])) && (end == text.Length || !IsWord(text[end]) || !IsWord(word[^1])))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether some number of it, times one of the scales, rounds to this one.</summary>
    public bool HasNumber(double value, int decimals, IEnumerable<double> scales)
    {
        var slack = 0.5 * Math.Pow(10, -decimals) + 1e-9;
        return scales.Any(scale =>
        {
            var index = Array.BinarySearch(_numbers.Value, (value - slack) / scale);
            index = index < 0 ? ~index : index;
            return index < _numbers.Value.Length && _numbers.Value[index] * scale <= value + slack;
        });
    }

    /// <summary>Whether some number of it is this share, in percent, of a whole.</summary>
    public bool HasShare(double percent, int decimals, double whole) => whole > 0 && HasNumber(percent, decimals, [100 / whole]);

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    [GeneratedRegex(@"(?<![\w.])\d+(?:\.\d+)?(?![\d])")]
    private static partial Regex Number();
}
