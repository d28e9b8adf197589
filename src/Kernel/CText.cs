namespace Sonde.Kernel;

/// <summary>Cutting C expressions at the right places: outside of strings, parentheses and braces.</summary>
internal static class CText
{
    /// <summary>The parts between commas that no parenthesis, brace or string encloses; at least one.</summary>
    public static List<string> SplitTopLevel(string text)
    {
        var parts = new List<string>();
        var (start, depth) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '"':
                    i = EndOfString(text, i);
                    break;
                case '(' or '{' or '[':
                    depth++;
                    break;
                case ')' or '}' or ']':
                    depth--;
                    break;
                case ',' when depth == 0:
                    parts.Add(text[start..i]);
                    start = i + 1;
                    break;
            }
        }

        parts.Add(text[start..]);
        return parts;
    }

    /// <summary>Where the parenthesis closes that was opened before <paramref name="start"/>; the text's end when it never does.</summary>
    public static int Closing(string text, int start)
    {
        var depth = 1;
        for (var i = start; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '"':
                    i = EndOfString(text, i);
                    break;
                case '(':
                    depth++;
                    break;
                case ')' when --depth == 0:
                    return i;
            }
        }

        return text.Length;
    }

    /// <summary>Without the parentheses around the whole, and without casts before it.</summary>
    public static string Peel(string expression)
    {
        while (true)
        {
            expression = expression.Trim();
            if (!expression.StartsWith('('))
            {
                return expression;
            }

            var close = Closing(expression, 1);
            if (close == expression.Length - 1)
            {
                expression = expression[1..close];
            }
            else if (close < expression.Length && IsTypeName(expression.AsSpan(1, close - 1)) && BeginsWithName(expression.AsSpan(close + 1)))
            {
                expression = expression[(close + 1)..];
            }
            else
            {
                return expression;
            }
        }
    }

    /// <summary>The content of one string literal; null when the text is something else.</summary>
    public static string? Unquote(string text)
    {
        text = text.Trim();
        return text.Length >= 2 && text[0] == '"' && EndOfString(text, 0) == text.Length - 1 ? text[1..^1] : null;
    }

    private static bool IsTypeName(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or ' ' or '*'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool BeginsWithName(ReadOnlySpan<char> text)
    {
        text = text.TrimStart(" (");
        return !text.IsEmpty && char.IsAsciiLetter(text[0]);
    }

    private static int EndOfString(string text, int quote)
    {
        for (var i = quote + 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '"')
            {
                return i;
            }
        }

        return text.Length;
    }
}
