namespace Sonde.Protocol.Reading;

/// <summary>
/// Parses one JSON value as models write them: comments, missing and surplus commas, single quotes, bare keys, line breaks in
/// strings, unknown escapes, NaN and Python's constants are accepted. Depth is bounded; nothing throws.
/// </summary>
internal sealed partial class ReplyParser(string text, int start)
{
    private const int MaxDepth = 64;
    private const string Hint = "(a quote inside a string needs a backslash)";

    private readonly List<string> _path = [];
    private string? _failure;
    private int _at = start;

    /// <summary>Just behind what was consumed.</summary>
    public int Position => _at;

    /// <summary>Whether a field was seen: prose in brackets has none.</summary>
    public bool SawField { get; private set; }

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
        while (SkipToItem('}', members.Count == 0))
        {
            SawField |= text[_at] == '"';
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
                return Fail($"expected a colon behind the field's name {Hint}");
            }

            SawField = true;
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
        while (SkipToItem(']', items.Count == 0))
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

    /// <summary>Moves to the next item; false behind the closing bracket, and with a failure at the text's end or without a comma.</summary>
    private bool SkipToItem(char close, bool first)
    {
        var from = _at;
        SkipBlank();
        var separated = first || IsGap(from, close);
        while (!AtEnd && text[_at] == ',')
        {
            separated = true;
            _at++;
            SkipBlank();
        }

        if (AtEnd)
        {
            FailAtEnd(close == '}' ? "inside this object" : "inside this list");
            return false;
        }

        if (text[_at] == close)
        {
            _at++;
            return false;
        }

        if (!separated)
        {
            Fail($"expected a comma {Hint}");
        }

        return separated;
    }

    // A forgotten comma is told from a stray quote inside a string: `["echo "1" done"]` must not become three commands.
    private bool IsGap(int from, char close)
    {
        var gap = text.AsSpan(from, _at - from);
        return close == '}' ? gap.Length > 0 : gap.Contains('\n') || text[from - 1] is '}' or ']';
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
        return Fail($"the reply ends {where}: it was cut off, send a shorter one");
    }

    private ReplyValue? Fail(string reason)
    {
        _failure ??= $"{reason} (at character {_at})";
        return null;
    }
}
