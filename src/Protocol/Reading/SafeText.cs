using System.Text;

namespace Sonde.Protocol.Reading;

/// <summary>Makes a model's words fit for names, ids and the kernel.</summary>
internal static class SafeText
{
    private const int MostNameCharacters = 32;

    /// <summary>At most 32 of <c>[a-z0-9_]</c>; empty where nothing usable is left.</summary>
    public static string Name(string text)
    {
        var name = new StringBuilder();
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                name.Append(char.ToLowerInvariant(c));
            }
            else if (name.Length > 0 && name[^1] != '_')
            {
                name.Append('_');
            }
        }

        return name.ToString(0, Math.Min(name.Length, MostNameCharacters)).TrimEnd('_');
    }

    /// <summary>The text itself, or with <c>_2</c>, <c>_3</c>, … where it is taken; within <paramref name="most"/> characters.</summary>
    public static string Unique(string text, HashSet<string> taken, int most = MostNameCharacters)
    {
        var unique = text;
        for (var n = 2; !taken.Add(unique); n++)
        {
            var suffix = $"_{n}";
            unique = Cut(text, most - suffix.Length) + suffix;
        }

        return unique;
    }

    /// <summary>At most so many characters, never half a surrogate pair.</summary>
    public static string Cut(string text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }

        return text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
    }

    /// <summary>At most so many bytes of UTF-8, whole characters only.</summary>
    public static string CutBytes(string text, int most)
    {
        var bytes = 0;
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > most)
            {
                return text[..length];
            }

            length += rune.Utf16SequenceLength;
        }

        return text;
    }

    /// <summary>One line without control characters, cut to <paramref name="most"/> characters: fit to be quoted in a message.</summary>
    public static string Quote(string text, int most = 60)
    {
        var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length <= most ? line : Cut(line, most) + "…";
    }
}
