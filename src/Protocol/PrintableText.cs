using System.Globalization;
using System.Text;

namespace Sonde.Protocol;

/// <summary>
/// Makes text from the host or a model safe for a person's terminal: what could move the cursor, change colours or reorder characters is shown as <c>\u001b</c>.
/// </summary>
public static class PrintableText
{
    /// <summary>On one line: line breaks and tabs are escaped too.</summary>
    public static string Line(string text) => Escape(text, lines: false);

    /// <summary>Line breaks and tabs kept.</summary>
    public static string Lines(string text) => Escape(text, lines: true);

    /// <summary>On one line, and no longer than <paramref name="most"/> characters of the original.</summary>
    public static string Line(string text, int most) =>
        text.Length <= most ? Line(text) : $"{Line(text[..most])}… ({text.Length - most} characters more)";

    /// <summary>Whether a character may be shown as it is: no control, no mark that reorders or hides text, nothing without a meaning.</summary>
    public static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    private static string Escape(string text, bool lines)
    {
        StringBuilder? escaped = null;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (IsHarmless(text, i, lines))
            {
                escaped?.Append(c);
                continue;
            }

            escaped ??= new StringBuilder(text, 0, i, text.Length + 16);
            escaped.Append(c switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
            });
        }

        return escaped?.ToString() ?? text;
    }

    private static bool IsHarmless(string text, int i, bool lines) => text[i] switch
    {
        '\n' or '\t' => lines,
        < ' ' or (>= '\u007f' and <= '\u009f') => false,
        // Marks and overrides of direction, line and paragraph separators.
        '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => false,
        var c when char.IsHighSurrogate(c) => i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]),
        var c when char.IsLowSurrogate(c) => i > 0 && char.IsHighSurrogate(text[i - 1]),
        _ => true,
    };
}
