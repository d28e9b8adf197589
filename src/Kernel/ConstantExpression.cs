using System.Globalization;

namespace Sonde.Kernel;

/// <summary>
/// Values of constant C expressions as the kernel's macros leave them in a tracepoint's text:
/// <c>( unsigned long)((( gfp_t)((((1UL))) &lt;&lt; (10))|0x800u))</c>. Arithmetic is 64 bits wide; casts are read over.
/// </summary>
internal ref struct ConstantExpression
{
    /// <summary>The kernel nests these some 25 deep.</summary>
    private const int MaxDepth = 200;

    private static readonly HashSet<string> TypeWords =
        ["unsigned", "signed", "long", "int", "short", "char", "const", "struct", "enum", "union", "void", "bool", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "__force"];

    // Loosest first. Comparisons and conditions don't occur in tables.
    private static readonly string[][] Operators = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/"]];

    private readonly ReadOnlySpan<char> _text;
    private readonly Func<string, long?>? _constant;
    private int _at;
    private int _depth;

    private ConstantExpression(ReadOnlySpan<char> text, Func<string, long?>? constant)
    {
        _text = text;
        _constant = constant;
    }

    /// <summary>The value; null where the text is no constant expression, or names a constant nobody knows.</summary>
    public static long? Evaluate(ReadOnlySpan<char> text, Func<string, long?>? constant = null)
    {
        var expression = new ConstantExpression(text, constant);
        var value = expression.Binary(0);
        expression.SkipSpace();
        return expression._at == text.Length ? value : null;
    }

    private long? Binary(int level)
    {
        if (level == Operators.Length)
        {
            return Unary();
        }

        var left = Binary(level + 1);
        while (left is { } value && Operator(Operators[level]) is { } sign)
        {
            left = Binary(level + 1) is { } right ? Apply(sign, value, right) : null;
        }

        return left;
    }

    private static long? Apply(string sign, long left, long right) => sign switch
    {
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "<<" => left << (int)right,
        ">>" => left >> (int)right,
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        _ => right == 0 || right == -1 ? null : left / right,
    };

    private long? Unary()
    {
        SkipSpace();
        if (_at == _text.Length || ++_depth > MaxDepth)
        {
            return null;
        }

        var c = _text[_at];
        long? value;
        if (c is '-' or '+' or '~')
        {
            _at++;
            value = Unary();
            value = c switch { '-' => -value, '~' => ~value, _ => value };
        }
        else if (c == '(')
        {
            _at++;
            value = TrySkipCast() ? Unary() : Parenthesised();
        }
        else
        {
            value = char.IsAsciiDigit(c) ? Number() : _constant?.Invoke(Word());
        }

        _depth--;
        return value;
    }

    private long? Parenthesised()
    {
        var value = Binary(0);
        SkipSpace();
        return _at < _text.Length && _text[_at++] == ')' ? value : null;
    }

    // Behind an opening parenthesis: a type up to the closing one is a cast.
    private bool TrySkipCast()
    {
        var start = _at;
        SkipSpace();
        var word = Word();
        var close = _text[_at..].IndexOf(')');
        if (close >= 0
            && (TypeWords.Contains(word) || word.EndsWith("_t", StringComparison.Ordinal) || word.StartsWith("__u", StringComparison.Ordinal))
            && _text.Slice(_at, close).IndexOfAny("|&+(,") < 0)
        {
            _at += close + 1;
            return true;
        }

        _at = start;
        return false;
    }

    private string? Operator(string[] signs)
    {
        SkipSpace();
        foreach (var sign in signs)
        {
            if (_text[_at..].StartsWith(sign, StringComparison.Ordinal))
            {
                _at += sign.Length;
                return sign;
            }
        }

        return null;
    }

    private long? Number()
    {
        var digits = Word().TrimEnd('u', 'U', 'l', 'L');
        return digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hex) ? (long)hex : null
            : digits.Length > 1 && digits[0] == '0' ? Octal(digits)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (long)number : null;
    }

    private static long? Octal(string digits)
    {
        long value = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7')
            {
                return null;
            }

            value = (value * 8) + (digit - '0');
        }

        return value;
    }

    private string Word()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
        {
            _at++;
        }

        return new string(_text[start.._at]);
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }
}
