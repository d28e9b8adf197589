using System.Globalization;
using System.Text;

namespace Sonde.Protocol.Reading;

/// <summary>Kinds of JSON values.</summary>
internal enum ReplyKind
{
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// <summary>A value of a model's reply, with the little conversions that a tolerant reader needs.</summary>
internal sealed class ReplyValue
{
    private readonly string _text = "";

    public static readonly ReplyValue Null = new(ReplyKind.Null, "null");

    public ReplyValue(ReplyKind kind, string text) => (Kind, _text) = (kind, text);

    public ReplyValue(List<ReplyValue> items) => (Kind, Items) = (ReplyKind.Array, items);

    public ReplyValue(List<KeyValuePair<string, ReplyValue>> members) => (Kind, Members) = (ReplyKind.Object, members);

    public ReplyKind Kind { get; }

    /// <summary>Of an array.</summary>
    public IReadOnlyList<ReplyValue> Items { get; } = [];

    /// <summary>Of an object, in order; of a key that occurs twice the last value.</summary>
    public IReadOnlyList<KeyValuePair<string, ReplyValue>> Members { get; } = [];

    public bool IsNull => Kind == ReplyKind.Null;

    /// <summary>A scalar's text as it was written; null of null, arrays and objects.</summary>
    public string? Text => Kind is ReplyKind.String or ReplyKind.Number or ReplyKind.Boolean ? _text : null;

    /// <summary>Text of a scalar that isn't blank, trimmed.</summary>
    public string? FilledText => Text is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    /// <summary>
    /// The member whose name is one of these, compared without case and separators; null where there is none or it is null.
    /// </summary>
    /// <param name="names">In snake case, the contract's own name first.</param>
    public ReplyValue? Find(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            foreach (var member in Members)
            {
                if (!member.Value.IsNull && SameName(member.Key, name))
                {
                    return member.Value;
                }
            }
        }

        return null;
    }

    /// <summary>Whether two field names are the same but for case and separators (<c>ebpfPrograms</c>, <c>ebpf_programs</c>).</summary>
    public static bool SameName(string written, string name)
    {
        var at = 0;
        foreach (var c in written)
        {
            if (c is '_' or '-' or ' ')
            {
                continue;
            }

            while (at < name.Length && name[at] == '_')
            {
                at++;
            }

            if (at == name.Length || char.ToLowerInvariant(c) != name[at++])
            {
                return false;
            }
        }

        return at == name.Length;
    }

    /// <summary>A number, also one written as a string; NaN and the infinities are numbers here.</summary>
    public bool TryNumber(out double number)
    {
        number = 0;
        return Kind is ReplyKind.Number or ReplyKind.String
            && double.TryParse(_text.AsSpan().Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>A truth value, also written as a word or a number.</summary>
    public bool? Truth => Text?.Trim().ToLowerInvariant() switch
    {
        "true" or "yes" or "on" or "1" => true,
        "false" or "no" or "off" or "0" => false,
        _ => null,
    };

    /// <summary>A value that should be a list: one item instead of a list counts as a list of one.</summary>
    public IReadOnlyList<ReplyValue> AsList() => Kind switch
    {
        ReplyKind.Array => Items,
        ReplyKind.Null => [],
        _ => [this],
    };

    /// <summary>Any value as text for people: lists one item a line, objects as <c>name: value</c>.</summary>
    public string Flatten()
    {
        var lines = new StringBuilder();
        Append(lines);
        return lines.ToString().Trim();
    }

    private void Append(StringBuilder lines)
    {
        foreach (var item in Items)
        {
            item.Append(lines);
            lines.Append('\n');
        }

        for (var i = 0; i < Members.Count; i++)
        {
            lines.Append(i == 0 ? "" : "; ").Append(Members[i].Key).Append(": ");
            Members[i].Value.Append(lines);
        }

        lines.Append(Text);
    }
}
