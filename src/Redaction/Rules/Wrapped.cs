using System.Buffers;

namespace Sonde.Redaction.Rules;

/// <summary>Follows a token over the line breaks that a mail, a terminal or <c>fold</c> put into it.</summary>
internal static class Wrapped
{
    private const int LeastWidth = 60;
    private const int LeastRest = 8;

    /// <summary>Where the run of these characters ends; a line of at least 60 that it fills to its end goes on in the next, where that is one run too.</summary>
    public static int EndOf(string text, int start, SearchValues<char> of)
    {
        var end = RunEnd(text, start, of);
        var line = start == 0 ? 0 : text.LastIndexOf('\n', start - 1) + 1;
        while (end < text.Length && text[end] == '\n' && end - line >= LeastWidth)
        {
            line = end + 1;
            while (line < text.Length && text[line] is ' ' or '\t')
            {
                line++;
            }

            var next = RunEnd(text, line, of);
            if (next - line < LeastRest || (next < text.Length && text[next] is not ('\n' or '"' or '\'')))
            {
                break;
            }

            end = next;
        }

        return end;
    }

    private static int RunEnd(string text, int start, SearchValues<char> of)
    {
        var length = text.AsSpan(start).IndexOfAnyExcept(of);
        return length < 0 ? text.Length : start + length;
    }
}
