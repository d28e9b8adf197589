using System.Buffers;
using System.Text;

namespace Sonde.Redaction.Rules;

/// <summary>Private keys between their marks, on lines, in one line, escaped in JSON, or cut off at either end.</summary>
internal static class PrivateKeys
{
    private const string Begin = "-----BEGIN ";
    private const string End = "-----END ";
    private const string Dashes = "-----";
    private const int LongestLabel = 48;
    private const int LongestBody = 64 * 1024;
    private const string Label = "PRIVATE KEY";

    // What a body is made of, its headers, line breaks and escapes included.
    private static readonly SearchValues<char> Body = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n\t \\\"',:-");
    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n\t \\");

    public static void Find(string text, List<Finding> found)
    {
        for (var at = 0; ;)
        {
            var hit = text.AsSpan(at).IndexOf(Dashes, StringComparison.Ordinal);
            if (hit < 0)
            {
                return;
            }

            at += hit;
            if (LabelEnd(text, at, Begin) is { } body)
            {
                at = AddBody(text, body, found);
            }
            else if (LabelEnd(text, at, End) is { } behind)
            {
                AddTail(text, at, found);
                at = behind;
            }
            else
            {
                at += Dashes.Length;
            }
        }
    }

    /// <summary>Whether base64 text is the beginning of a PEM block with a private key.</summary>
    public static bool IsEncodedLabel(ReadOnlySpan<char> base64)
    {
        Span<byte> bytes = stackalloc byte[base64.Length];
        return Convert.TryFromBase64Chars(base64, bytes, out var length)
            && Encoding.ASCII.GetString(bytes[..length]).Contains("PRIVATE", StringComparison.Ordinal);
    }

    // Behind `-----BEGIN RSA PRIVATE KEY-----`; null where there is no such mark.
    private static int? LabelEnd(string text, int at, string mark)
    {
        if (!text.AsSpan(at).StartsWith(mark, StringComparison.Ordinal))
        {
            return null;
        }

        var from = at + mark.Length;
        var label = text.AsSpan(from, Math.Min(LongestLabel, text.Length - from));
        var length = label.IndexOf(Dashes, StringComparison.Ordinal);
        return length >= 0 && label[..length].Contains(Label, StringComparison.Ordinal) ? from + length + Dashes.Length : null;
    }

    private static int AddBody(string text, int body, List<Finding> found)
    {
        var rest = text.AsSpan(body, Math.Min(LongestBody, text.Length - body));
        var end = rest.IndexOf(End, StringComparison.Ordinal);
        var next = rest.IndexOf(Begin, StringComparison.Ordinal);
        if (end < 0 || (next >= 0 && next < end))
        {
            // Cut off: what follows counts as far as it can be a body.
            end = rest.IndexOfAnyExcept(Body);
            end = end < 0 ? rest.Length : end;
        }

        AddTrimmed(text, body, body + end, found);
        return body + end;
    }

    // A tail without its beginning, where the text before was left out.
    private static void AddTail(string text, int end, List<Finding> found)
    {
        if (found.Count > 0 && found[^1].End <= end && text.AsSpan(found[^1].End, end - found[^1].End).Trim("\\nr \r\n\t\"").IsEmpty)
        {
            return;
        }

        var from = Math.Max(0, end - LongestBody);
        var before = text.AsSpan(from, end - from).LastIndexOfAnyExcept(Base64);
        AddTrimmed(text, before < 0 ? from : from + before + 1, end, found);
    }

    private static void AddTrimmed(string text, int start, int end, List<Finding> found)
    {
        while (start < end && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        while (start < end && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        if (end > start && text.AsSpan(start, end - start).ContainsAnyInRange('0', 'z'))
        {
            found.Add(new Finding(start, end - start, SecretKind.PrivateKey));
        }
    }
}
