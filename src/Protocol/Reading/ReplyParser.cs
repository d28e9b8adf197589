using System.Globalization;
using System.Text;

namespace Sonde.Protocol.Reading;

/// <summary>
/// Parses one JSON value as models write them: comments, missing and surplus commas, single quotes, bare keys, line breaks in
/// strings, unknown escapes, NaN and Python's constants are accepted. Depth is bounded; nothing throws.
/// </summary>
internal sealed class ReplyParser(string text, int start)
{
    private const int MaxDepth = 64;

    private readonly List<string> _path = [];
    private string? _failure;
    private int _at = start;

    /// <summary>Just behind what was consumed.</summary>
    public int Position => _at;

    /// <summary>Whether the text ended before the value did.</summary>
    public bool Truncated { get; private set; }

    /// <summary>Why and where parsing failed.</summary>
    public ProtocolFault Fault => new("$" + string.Concat(_path), _failure ?? "no value");

    /// <summary>The value, or null with <see cref="Fault"/> set.</summary>
    public ReplyValue? Parse() => ParseValue(0);

    private bool AtEnd => _at >= text.Length;

    private ReplyValue? ParseValue(int depth)
    {
        SkipBlank();
        if (AtEnd)
        {
            return FailAtEnd("before a value");
        }

        switch (text[_at])
        {
            case '{' or '[' when depth >= MaxDepth:
                return Fail($"nested deeper than {MaxDepth} levels");
            case '{':
                return ParseObject(depth);
            case '[':
                return ParseArray(depth);
            case '"' or '\'':
                return ParseString() is { } content ? new ReplyValue(ReplyKind.String, content) : null;
            default:
                return ParseWord();
        }
    }

    private ReplyValue? ParseObject(int depth)
    {
        var members = new List<KeyValuePair<string, ReplyValue>>();
        var index = new Dictionary<string, int>();
        _at++;
        while (SkipToItem('}', "object"))
        {
            var key = text[_at] is '"' or '\'' ? ParseString() : ParseBareKey();
            if (key is null)
            {
                return null;
            }

            SkipBlank();
            _path.Add(Segment(key));
            if (AtEnd)
            {
                return FailAtEnd("behind a field's name");
            }

            if (text[_at] != ':')
            {
                return Fail("expected a colon behind the field's name");
            }

            _at++;
            if (ParseValue(depth + 1) is not { } value)
            {
                return null;
            }

            _path.RemoveAt(_path.Count - 1);
            var member = KeyValuePair.Create(key, value);
            if (index.TryAdd(key, members.Count))
            {
                members.Add(member);
            }
            else
            {
                members[index[key]] = member;
            }
        }

        return _failure is null ? new ReplyValue(members) : null;
    }

    private ReplyValue? ParseArray(int depth)
    {
        var items = new List<ReplyValue>();
        _at++;
        while (SkipToItem(']', "list"))
        {
            _path.Add($"[{items.Count}]");
            if (ParseValue(depth + 1) is not { } item)
            {
                return null;
            }

            _path.RemoveAt(_path.Count - 1);
            items.Add(item);
        }

        return _failure is null ? new ReplyValue(items) : null;
    }

    /// <summary>Moves to the next item; false behind the closing bracket, and with a failure at the text's end.</summary>
    private bool SkipToItem(char close, string what)
    {
        SkipBlank();
        while (!AtEnd && text[_at] == ',')
        {
            _at++;
            SkipBlank();
        }

        if (AtEnd)
        {
            FailAtEnd($"inside this {what}");
            return false;
        }

        if (text[_at] == close)
        {
            _at++;
            return false;
        }

        return true;
    }

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

    private string Excerpt(int at)
    {
        var excerpt = text.AsSpan(at, Math.Min(20, text.Length - at)).ToString();
        return string.Concat(excerpt.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c)).Trim();
    }

    private static string Segment(string key) =>
        key.Length is > 0 and <= 64 && key.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? "." + key : "[…]";

    private ReplyValue? FailAtEnd(string where)
    {
        Truncated = true;
        return Fail($"the reply ends {where}: it was cut off, send a shorter one");
    }

    private ReplyValue? Fail(string reason)
    {
        _failure ??= $"{reason} (at character {_at})";
        return null;
    }
}
