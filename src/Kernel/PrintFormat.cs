namespace Sonde.Kernel;

/// <summary>
/// Finds the name tables in a tracepoint's <c>print fmt</c>: which field, through which mask, and the pairs of value and name.
/// Whatever is computed otherwise (shifted, looked up by a function) has no table that would fit the field.
/// </summary>
internal static class PrintFormat
{
    private const string Record = "REC->";
    private static readonly string[] FlagCalls = ["__print_flags(", "__print_flags_u64("];
    private static readonly string[] SymbolCalls = ["__print_symbolic(", "__print_symbolic_u64("];

    /// <summary>Tables by field; the first one wins where a field is printed twice.</summary>
    public static Dictionary<string, NameTable> NameTables(string text, IReadOnlyList<TracepointField> fields, Func<string, long?>? constant)
    {
        var tables = new Dictionary<string, NameTable>();
        var arguments = CText.SplitTopLevel(text);
        foreach (var argument in arguments)
        {
            foreach (var call in FlagCalls)
            {
                AddTables(tables, argument, call, isFlags: true, fields, constant);
            }

            foreach (var call in SymbolCalls)
            {
                AddTables(tables, argument, call, isFlags: false, fields, constant);
            }
        }

        foreach (var argument in arguments)
        {
            AddSuffix(tables, argument, constant);
        }

        return tables;
    }

    private static void AddTables(
        Dictionary<string, NameTable> tables, string argument, string call, bool isFlags, IReadOnlyList<TracepointField> fields, Func<string, long?>? constant)
    {
        for (var start = argument.IndexOf(call, StringComparison.Ordinal); start >= 0; start = argument.IndexOf(call, start + 1, StringComparison.Ordinal))
        {
            var open = start + call.Length;
            var end = CText.Closing(argument, open);
            var parts = CText.SplitTopLevel(argument[open..end]);
            if (FieldAndMask(parts[0], constant) is not var (name, mask) || tables.ContainsKey(name))
            {
                continue;
            }

            // A table of flags names its separator before the pairs.
            var entries = parts.Skip(isFlags ? 2 : 1).Select(pair => Entry(pair, constant)).OfType<(long, string)>().ToList();
            if (entries.Count > 0)
            {
                tables[name] = new NameTable(isFlags, entries)
                {
                    Mask = mask,
                    ZeroName = OtherwiseText(argument, end),
                    FieldSize = fields.FirstOrDefault(field => field.Name == name)?.Size ?? 8,
                };
            }
        }
    }

    // REC->prev_state & 0x200 ? "+" : ""
    private static void AddSuffix(Dictionary<string, NameTable> tables, string argument, Func<string, long?>? constant)
    {
        var question = argument.IndexOf('?');
        if (question > 0
            && !argument.Contains("__print_", StringComparison.Ordinal)
            && FieldAndMask(argument[..question], constant) is var (name, bits)
            && tables.TryGetValue(name, out var table)
            && (table.Mask & bits) == 0
            && argument[(question + 1)..].Split(':') is [var suffix, var otherwise]
            && CText.Unquote(suffix) is { Length: > 0 } text
            && CText.Unquote(otherwise) is "")
        {
            tables[name] = table with { Suffix = (bits, text) };
        }
    }

    /// <summary>The field an expression is about: <c>REC->field</c>, in parentheses and behind casts or not, and a mask where there is one.</summary>
    private static (string Field, long Mask)? FieldAndMask(string expression, Func<string, long?>? constant)
    {
        expression = CText.Peel(expression);
        if (expression.StartsWith(Record, StringComparison.Ordinal))
        {
            var end = Record.Length;
            while (end < expression.Length && (char.IsAsciiLetterOrDigit(expression[end]) || expression[end] == '_'))
            {
                end++;
            }

            var field = expression[Record.Length..end];
            var rest = expression[end..].Trim();
            if (rest.Length == 0)
            {
                return (field, -1);
            }

            return rest[0] == '&' && ConstantExpression.Evaluate(rest.AsSpan(1), constant) is { } mask ? (field, mask) : null;
        }

        return null;
    }

    // { 0x00000001, "S" }
    private static (long Value, string Name)? Entry(string pair, Func<string, long?>? constant)
    {
        pair = pair.Trim();
        return pair is ['{', .. var inner, '}']
            && CText.SplitTopLevel(inner) is [var value, var name]
            && CText.Unquote(name) is { } text
            && ConstantExpression.Evaluate(value, constant) is { } number
            ? (number, text)
            : null;
    }

    // (flags) ? __print_flags(flags, …) : "none"
    private static string? OtherwiseText(string argument, int close)
    {
        var rest = close < argument.Length ? argument[(close + 1)..].TrimStart(' ', ')') : "";
        return rest.StartsWith(':') ? CText.Unquote(rest[1..].TrimEnd(' ', ')')) : null;
    }
}
