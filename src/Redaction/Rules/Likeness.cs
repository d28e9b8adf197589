namespace Sonde.Redaction.Rules;

/// <summary>Tells what was made by a random generator from words, numbers, paths and ids.</summary>
internal static class Likeness
{
    private const int LongestRead = 256;

    /// <summary>Whether a value looks made at random: at least 8 characters that mix kinds, and no number, address, path, UUID or hyphenated name.</summary>
    public static bool IsRandom(ReadOnlySpan<char> value)
    {
        value = value[..Math.Min(value.Length, LongestRead)];
        if (value.Length < 8 || value.Contains("://", StringComparison.Ordinal) || value[0] is '/' or '.' or '~' || IsUuid(value))
        {
            return false;
        }

        var (lower, upper, digits, marks) = (0, 0, 0, 0);
        var changes = 0;
        var last = 0;
        foreach (var c in value)
        {
            var kind = char.IsAsciiLetterLower(c) ? 1 : char.IsAsciiLetterUpper(c) ? 2 : char.IsAsciiDigit(c) ? 3 : 4;
            _ = kind switch { 1 => lower++, 2 => upper++, 3 => digits++, _ => marks++ };
            changes += last != 0 && kind != last ? 1 : 0;
            last = kind;
        }

        if (lower + upper == 0)
        {
            return false;
        }

        // A word in capitals or with one capital, a name with a number behind it: few changes of kind for their length.
        return (digits > 0 || (lower > 0 && upper > 1) || marks > 2) && changes * 6 >= value.Length && marks * 4 <= value.Length;
    }

    /// <summary>8-4-4-4-12.</summary>
    public static bool IsUuid(ReadOnlySpan<char> value) => value.Length == 36 && Guid.TryParseExact(value, "D", out _);

    /// <summary>Base64 of printable text that holds a colon, as <c>user:password</c> is sent.</summary>
    public static bool IsEncodedPair(ReadOnlySpan<char> value)
    {
        Span<byte> bytes = stackalloc byte[768];
        return value.Length is >= 8 and <= 1024
            && Convert.TryFromBase64Chars(value, bytes, out var length)
            && bytes[..length].Contains((byte)':')
            && !bytes[..length].ContainsAnyExceptInRange((byte)0x20, (byte)0x7e);
    }
}
