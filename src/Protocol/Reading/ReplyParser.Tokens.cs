using System.Globalization;
using System.Text;

namespace Sonde.Protocol.Reading;

/// <content>Strings, bare words, blanks and comments.</content>
internal sealed partial class ReplyParser
{
    private string? ParseString()
    {
        var quote = text[_at++];
        var content = new StringBuilder();
        for (; !AtEnd; _at++)
        {
            var c = text[_at];
            if (c == quote)
            {
                _at++;
                return WellFormed(content);
            }

            if (c != '\\')
            {
                content.Append(c);
                continue;
            }

            if (++_at < text.Length)
            {
                AppendEscape(content);
            }
        }

        FailAtEnd("inside a string");
        return null;
    }

    // At the character behind the backslash; leaves _at on the escape's last character.
    private void AppendEscape(StringBuilder content)
    {
        var c = text[_at];
        switch (c)
        {
            case 'n': content.Append('\n'); break;
            case 't': content.Append('\t'); break;
            case 'r': content.Append('\r'); break;
            case 'b': content.Append('\b'); break;
            case 'f': content.Append('\f'); break;
            case '"' or '\'' or '\\' or '/' or '\n': content.Append(c); break;
            case 'u' when TryHex(_at + 1, out var unit):
                content.Append(unit);
                _at += 4;
                break;
            default:
                // Not JSON, but common in shell commands (`\d`, `\.`, `\$`): the backslash was meant.
                content.Append('\\').Append(c);
                break;
        }
    }

    private bool TryHex(int at, out char unit)
    {
        unit = '\0';
        if (at + 4 > text.Length || !ushort.TryParse(text.AsSpan(at, 4), NumberStyles.AllowHexSpecifier, null, out var value))
        {
            return false;
        }

        unit = (char)value;
        return true;
    }

    // A lone surrogate can't be written as UTF-8 later on.
    private static string WellFormed(StringBuilder content)
    {
        for (var i = 0; i < content.Length; i++)
        {
            if (char.IsHighSurrogate(content[i]) && i + 1 < content.Length && char.IsLowSurrogate(content[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(content[i]))
            {
                content[i] = '\uFFFD';
            }
        }

        return content.ToString();
    }

    private string? ParseBareKey()
    {
        var from = _at;
        while (!AtEnd && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '-' or '$'))
        {
            _at++;
        }

        if (_at > from)
        {
            return text[from.._at];
        }

        Fail("expected a field's name in quotes");
        return null;
    }

    private ReplyValue? ParseWord()
    {
        var from = _at;
        while (!AtEnd && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '-' or '+' or '.'))
        {
            _at++;
        }

        var word = text[from.._at];
        switch (word)
        {
            case "true" or "True" or "TRUE":
                return new ReplyValue(ReplyKind.Boolean, "true");
            case "false" or "False" or "FALSE":
                return new ReplyValue(ReplyKind.Boolean, "false");
            case "null" or "None" or "undefined" or "nil":
                return ReplyValue.Null;
            case "NaN" or "nan" or "Infinity" or "-Infinity":
                return new ReplyValue(ReplyKind.Number, word);
        }

        var number = new ReplyValue(ReplyKind.Number, word);
        if (word.Length > 0 && (char.IsAsciiDigit(word[0]) || word[0] is '-' or '+' or '.') && number.TryNumber(out _))
        {
            return number;
        }

        _at = from;
        return AtEnd ? FailAtEnd("before a value") : Fail($"expected a JSON value, found '{Excerpt(from)}'");
    }

    private void SkipBlank()
    {
        while (!AtEnd)
        {
            var c = text[_at];
            if (char.IsWhiteSpace(c) || c is '\uFEFF' or '\u200B')
            {
                _at++;
            }
            else if (c == '#' || text.AsSpan(_at).StartsWith("//"))
            {
                SkipComment(1, "\n");
            }
            else if (text.AsSpan(_at).StartsWith("/*"))
            {
                SkipComment(2, "*/");
            }
            else
            {
                return;
            }
        }
    }

    private void SkipComment(int opening, string end)
    {
        var found = text.IndexOf(end, _at + opening, StringComparison.Ordinal);
        _at = found < 0 ? text.Length : found + end.Length;
    }
}
