using System.Buffers;

namespace Sonde.Redaction.Rules;

/// <summary>Where the value of a setting begins and ends, in the notations of shells, environments, JSON, YAML, INI, XML, URLs and connection strings.</summary>
internal static class SettingValue
{
    private const int Longest = 8192;

    /// <summary>Where an unquoted value ends, kept for the next name in it: a value full of names is walked through once.</summary>
    /// <param name="Start">Of the value.</param>
    /// <param name="End">Of the value.</param>
    /// <param name="InQuery">As it was asked.</param>
    /// <param name="InXml">As it was asked.</param>
    public readonly record struct Extent(int Start, int End, bool InQuery, bool InXml);

    private static readonly SearchValues<char> BlockHeader = SearchValues.Create("+-123456789\r");

    private static readonly SearchValues<char> MaskCharacters = SearchValues.Create("*xX.-•#");

    private static readonly HashSet<string> Plain = new(StringComparer.OrdinalIgnoreCase)
    {
        "true", "false", "null", "none", "nil", "undefined", "yes", "no", "on", "off", "enabled", "disabled", "required", "requisite", "optional", "sufficient",
        "prompt", "ask", "unset", "empty", "set", "hidden", "redacted", "masked", "string", "str", "default", "missing", "invalid", "expired", "incorrect", "wrong",
        "files", "compat", "systemd", "sss", "is", "not", "for", "and", "or", "must", "was", "has", "unknown", "error", "failed", "denied",
    };

    /// <summary>The value that begins here, without its quotes; empty where there is none.</summary>
    /// <param name="text">Holds it.</param>
    /// <param name="at">Behind the separator and blanks.</param>
    /// <param name="inQuery">Whether <c>&amp;</c> ends it.</param>
    /// <param name="inXml">Whether <c>&lt;</c> ends it.</param>
    /// <param name="known">The last value of the same text; becomes this one.</param>
    public static (int Start, int End) At(string text, int at, bool inQuery, bool inXml, ref Extent known)
    {
        if (at >= text.Length || text[at] is '[' or '{' or '(')
        {
            return (at, at);
        }

        if (text[at] is '|' or '>' && Block(text, at) is { } block)
        {
            return block;
        }

        var escaped = text[at] == '\\' && at + 1 < text.Length && text[at + 1] is '"' or '\'';
        var quote = text[at + (escaped ? 1 : 0)];
        return quote is '"' or '\'' or '`'
            ? Quoted(text, at + (escaped ? 2 : 1), quote, escaped)
            : Bare(text, at, inQuery, inXml, ref known);
    }

    /// <summary>Whether a value is no secret whatever its name: a word of configuration, a reference to a variable, a mask, a path.</summary>
    public static bool IsPlain(ReadOnlySpan<char> value)
    {
        if (value.IsEmpty || Plain.GetAlternateLookup<ReadOnlySpan<char>>().Contains(value) || !value.ContainsAnyExcept(MaskCharacters))
        {
            return true;
        }

        // ${NAME}, $(command), %s, {{ template }}, <your password>, /run/secrets/name
        return value.StartsWith("${") || value.StartsWith("$(") || value.StartsWith("{{") || value.StartsWith("%(") || value is "%s" or "%d" or "%v"
            || (value[0] == '$' && value.Length > 1 && !value[1..].ContainsAnyExceptInRange('A', '_'))
            || (value[0] == '<' && value[^1] == '>')
            || IsPath(value);
    }

    private static bool IsPath(ReadOnlySpan<char> value) =>
        value[0] is '/' or '~' && value.Length > 1 && (value[1] == '/' || char.IsAsciiLetterLower(value[1])) && value[1..].Contains('/')
        && !value.ContainsAny("+=@:") && !HasLongRandomPart(value);

    // Base64 may begin with a slash too.
    private static bool HasLongRandomPart(ReadOnlySpan<char> value)
    {
        foreach (var part in value.Split('/'))
        {
            if (value[part].Length > 16 && Likeness.IsRandom(value[part]))
            {
                return true;
            }
        }

        return false;
    }

    // YAML's "|" or ">" at the end of a line: all lines that are indented as the next one is, or more.
    private static (int Start, int End)? Block(string text, int at)
    {
        var header = text.AsSpan(at + 1, Math.Min(4, text.Length - at - 1)).IndexOf('\n');
        if (header < 0 || text.AsSpan(at + 1, header).ContainsAnyExcept(BlockHeader))
        {
            return null;
        }

        var line = at + header + 2;
        var limit = Math.Min(text.Length, line + Longest);
        var indent = text.AsSpan(line, limit - line).IndexOfAnyExcept(' ');
        if (indent < 1)
        {
            return null;
        }

        var end = line;
        while (line < limit && text.AsSpan(line, limit - line).IndexOfAnyExcept(' ') >= indent)
        {
            var length = text.AsSpan(line, limit - line).IndexOf('\n');
            end = length < 0 ? limit : line + length;
            line = end + 1;
        }

        return (at + header + 2 + indent, end);
    }

    private static (int Start, int End) Quoted(string text, int start, char quote, bool escaped)
    {
        var limit = Math.Min(text.Length, start + Longest);
        for (var i = start; i < limit; i++)
        {
            if (text[i] == '\n')
            {
                return (start, i);
            }

            if (text[i] == '\\' && i + 1 < limit)
            {
                if (escaped && text[i + 1] == quote)
                {
                    return (start, i);
                }

                i++;
            }
            else if (text[i] == quote && !escaped)
            {
                return (start, i);
            }
        }

        return (start, limit);
    }

    private static (int Start, int End) Bare(string text, int start, bool inQuery, bool inXml, ref Extent known)
    {
        var isKnown = start >= known.Start && start < known.End && known.InQuery == inQuery && known.InXml == inXml;
        var limit = Math.Min(text.Length, start + Longest);
        var end = isKnown ? known.End : start;
        while (!isKnown && end < limit && !Ends(text, end, inQuery, inXml))
        {
            end++;
        }

        known = new Extent(start, end, inQuery, inXml);

        // `{password=abc}`, `f(token=abc)`: a bracket that was opened before the value.
        while (end > start && text[end - 1] is ')' or ']' or '}' && !text.AsSpan(start, end - start).ContainsAny("([{"))
        {
            end--;
        }

        while (end > start && text[end - 1] is ',' or ';')
        {
            end--;
        }

        return (start, end);
    }

    private static bool Ends(string text, int at, bool inQuery, bool inXml)
    {
        var c = text[at];
        return char.IsWhiteSpace(c) || c is '"' or '\'' or '`'
            || (c == '<' && inXml)
            || (c is '&' or '#' && inQuery)
            || Edge.IsEscape(text, at)
            || (c is ',' or ';' or '&' or '|' && StartsNext(text, at + 1));
    }

    // `a=b;c=d`, `a=b, c=d`: a separator and not a part of the value.
    private static bool StartsNext(string text, int at)
    {
        if (at >= text.Length || char.IsWhiteSpace(text[at]) || text[at] is '"' or '\'')
        {
            return true;
        }

        var name = at;
        while (at < text.Length && at - name < 48 && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '-' or '.' or ' '))
        {
            at++;
        }

        return at > name && at < text.Length && text[at] is '=' or ':';
    }
}
