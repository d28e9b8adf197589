namespace Sonde.Diagnosis;

/// <summary>Cuts text in its middle: the beginning says what it is, the end how it went.</summary>
internal static class MiddleCut
{
    /// <summary>
    /// <paramref name="text"/> as it is, or at most <paramref name="keep"/> characters of it around a mark that says how many are left out and where the whole is.
    /// </summary>
    public static string Apply(string text, int keep, string whole)
    {
        if (text.Length <= keep)
        {
            return text;
        }

        var head = (keep + 1) / 2;
        var tail = text.Length - (keep / 2);

        // Half a surrogate pair is no character.
        head -= head > 0 && char.IsHighSurrogate(text[head - 1]) ? 1 : 0;
        tail += tail < text.Length && char.IsLowSurrogate(text[tail]) ? 1 : 0;

        return $"{text.AsSpan(0, head)}\n[… {tail - head} characters left out; {whole} …]\n{text.AsSpan(tail)}";
    }
}
