using System.Buffers;

namespace Sonde.Redaction.Rules;

/// <summary>Secrets that are known by the name of what they are assigned to.</summary>
internal static class Assignments
{
    private const int LongestName = 128;
    private const int MostBlanks = 64;

    private static readonly SearchValues<string> Stems = SearchValues.Create(
        ["pass", "pwd", "pswd", "psk", "secret", "token", "key", "cred", "auth", "bindpw", "rootpw", "sid", "sess", "sig", "jwt", "otp", "cookie", "webhook"],
        StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private static readonly SearchValues<char> Between = SearchValues.Create(" \t\r\n,\"'\\n");

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    public static void Find(string text, List<Finding> found)
    {
        var known = default(SettingValue.Extent);
        for (var at = 0; at < text.Length;)
        {
            var hit = text.AsSpan(at).IndexOfAny(Stems);
            if (hit < 0)
            {
                return;
            }

            var (start, end) = NameAround(text, at + hit, at);
            at = Math.Max(end, at + hit + 1);
            if (end - start <= LongestName && SecretName.Classify(text.AsSpan(start, end - start)) is var named and not NameClass.None
                && TryValue(text, start, end, named, ref known, out var value))
            {
                found.Add(value);
                at = Math.Max(at, value.End);
            }
        }
    }

    private static (int Start, int End) NameAround(string text, int at, int from)
    {
        var start = text.AsSpan(from, at - from).LastIndexOfAnyExcept(NameCharacters);
        start = start < 0 ? from : from + start + 1;
        var length = text.AsSpan(at).IndexOfAnyExcept(NameCharacters);
        return (start, length < 0 ? text.Length : at + length);
    }

    private static bool TryValue(string text, int start, int end, NameClass named, ref SettingValue.Extent known, out Finding value)
    {
        value = default;
        var isOption = text[start] == '-';
        var inXml = start > 0 && text[start - 1] == '<';
        var inQuery = start > 0 && text[start - 1] is '?' or '&';
        if (Separated(text, end, isOption, inXml, named) is not { } at)
        {
            return false;
        }

        var (from, to) = SettingValue.At(text, at, inQuery, inXml, ref known);
        var name = text.AsSpan(start, end - start);
        var content = text.AsSpan(from, to - from);
        if (!IsSecret(name, content, named) || (isOption && content[0] == '-'))
        {
            return false;
        }

        value = new Finding(from, to - from, KindOf(name, named));
        return true;
    }

    // Where the value begins; null where nothing is assigned.
    private static int? Separated(string text, int at, bool isOption, bool inXml, NameClass named)
    {
        var quoted = SkipQuote(text, ref at);
        var blanks = SkipBlanks(text, ref at, lines: false);
        if (at >= text.Length)
        {
            return null;
        }

        switch (text[at])
        {
            case '>' when inXml:
                return at + 1;
            case ':' when at + 1 < text.Length && text[at + 1] == '=':
            case '=' when at + 1 < text.Length && text[at + 1] is '>' or '=':
                at += 2;
                break;
            case ':' when at + 1 < text.Length && text[at + 1] == ':':
                return null;
            case '=' or ':':
                at++;
                break;
            case '\'' or '"' when blanks && !quoted:
                return at;
            case '\\' when isOption && at + 1 < text.Length && text[at + 1] == '\n':
                at += 2;
                break;
            case not ('\n' or '\r') when blanks && (isOption || named == NameClass.StrongWithBlank):
                return at;
            default:
                return quoted || text[at] is '\n' ? NextMember(text, at) : null;
        }

        // JSON may be broken over lines; elsewhere an empty value is empty.
        SkipBlanks(text, ref at, lines: quoted);
        return at;
    }

    // {"name": "DB_PASSWORD", "value": "…"}, and the same in YAML and XML.
    private static int? NextMember(string text, int at)
    {
        var window = text.AsSpan(at, Math.Min(48, text.Length - at));
        var value = window.IndexOf("value", StringComparison.OrdinalIgnoreCase);
        if (value < 0 || window[..value].ContainsAnyExcept(Between) || window[..value].IsEmpty)
        {
            return null;
        }

        at += value + "value".Length;
        SkipQuote(text, ref at);
        SkipBlanks(text, ref at, lines: false);
        if (at >= text.Length || text[at] is not (':' or '='))
        {
            return null;
        }

        at++;
        SkipBlanks(text, ref at, lines: false);
        return at;
    }

    private static bool SkipQuote(string text, ref int at)
    {
        var from = at;
        if (at + 1 < text.Length && text[at] == '\\' && text[at + 1] is '"' or '\'')
        {
            at += 2;
        }
        else if (at < text.Length && text[at] is '"' or '\'')
        {
            at++;
        }

        var quoted = at > from;
        at += quoted && at < text.Length && text[at] == ']' ? 1 : 0;
        return quoted;
    }

    private static bool SkipBlanks(string text, ref int at, bool lines)
    {
        var from = at;
        while (at < text.Length && at - from < MostBlanks && (text[at] is ' ' or '\t' || (lines && text[at] is '\n' or '\r')))
        {
            at++;
        }

        return at > from;
    }

    private static bool IsSecret(ReadOnlySpan<char> name, ReadOnlySpan<char> value, NameClass named)
    {
        if (SettingValue.IsPlain(value))
        {
            return false;
        }

        return named switch
        {
            NameClass.Weak => Likeness.IsRandom(value) || (value.Length >= 20 && !value.ContainsAnyExcept(HexDigits)),
            NameClass.EncodedPair => Likeness.IsEncodedPair(value),
            // A count of tokens, a number of a key.
            _ when !IsPassword(name) => value.Length >= 6 && value.ContainsAnyExceptInRange('0', '9'),
            _ => value[0] != '/' || !name.EndsWith("pwd", StringComparison.OrdinalIgnoreCase),
        };
    }

    private static bool IsPassword(ReadOnlySpan<char> name) =>
        name.Contains("pass", StringComparison.OrdinalIgnoreCase) || name.Contains("pwd", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith("pw", StringComparison.OrdinalIgnoreCase) || name.Contains("psk", StringComparison.OrdinalIgnoreCase);

    private static SecretKind KindOf(ReadOnlySpan<char> name, NameClass named) =>
        named == NameClass.EncodedPair ? SecretKind.Credentials
        : IsPassword(name) ? SecretKind.Password
        : name.Contains("sess", StringComparison.OrdinalIgnoreCase) || name.EndsWith("sid", StringComparison.OrdinalIgnoreCase) || name.Contains("cookie", StringComparison.OrdinalIgnoreCase) ? SecretKind.Session
        : SecretKind.NamedSecret;
}
