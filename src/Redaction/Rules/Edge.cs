namespace Sonde.Redaction.Rules;

/// <summary>Where words begin, also in text whose control characters are written as escapes (<c>\n</c>, <c>\0</c>, <c>\x1b</c>).</summary>
internal static class Edge
{
    /// <summary>Whether a word can begin here: what stands before is no part of it.</summary>
    public static bool IsBefore(string text, int at)
    {
        if (at == 0 || !(char.IsAsciiLetterOrDigit(text[at - 1]) || text[at - 1] == '_'))
        {
            return true;
        }

        return (at > 1 && text[at - 2] == '\\' && text[at - 1] is 'n' or 'r' or 't' or '0')
            || (at > 3 && text[at - 4] == '\\' && text[at - 3] == 'x')
            || (at > 5 && text[at - 6] == '\\' && text[at - 5] == 'u');
    }

    /// <summary>Whether a backslash here begins an escape that ends an unquoted value: a line break, a zero byte, a quote.</summary>
    public static bool IsEscape(string text, int at) =>
        text[at] == '\\' && at + 1 < text.Length && text[at + 1] is 'n' or 'r' or 't' or '0' or 'x' or 'u' or '"' or '\'';
}
