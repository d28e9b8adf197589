using System.Buffers;
using System.Globalization;
using System.Text;
using Sonde.Protocol;

namespace Sonde.Commands;

/// <summary>
/// A program's output as text that can go to a model, a file and a terminal: what is no UTF-8, no printable character and no line break or tab
/// becomes visible as <c>\xNN</c> (a byte) or <c>\u{NNNN}</c> (a character).
/// </summary>
internal static class OutputText
{
    private static readonly SearchValues<byte> PlainBytes = SearchValues.Create([(byte)'\t', (byte)'\n', .. Range(0x20, 0x7e)]);

    /// <summary>Line breaks and tabs stay, <c>\r\n</c> becomes a line break.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.ContainsAnyExcept(PlainBytes))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length + 64);
        while (!bytes.IsEmpty)
        {
            var plain = bytes.IndexOfAnyExcept(PlainBytes);
            if (plain != 0)
            {
                plain = plain < 0 ? bytes.Length : plain;
                text.Append(Encoding.ASCII.GetString(bytes[..plain]));
                bytes = bytes[plain..];
                continue;
            }

            if (bytes.StartsWith("\r\n"u8))
            {
                bytes = bytes[1..];
                continue;
            }

            if (Rune.DecodeFromUtf8(bytes, out var rune, out var used) == OperationStatus.Done)
            {
                Append(text, rune);
            }
            else
            {
                foreach (var value in bytes[..used])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
                }
            }

            bytes = bytes[used..];
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Rune rune)
    {
        if (PrintableText.IsPrintable(rune))
        {
            text.Append(rune);
        }
        else if (rune.Value < 0x80)
        {
            text.Append(rune.Value switch
            {
                '\r' => "\\r",
                0 => "\\0",
                _ => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
            });
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        }
    }

    private static IEnumerable<byte> Range(byte first, byte last)
    {
        for (int value = first; value <= last; value++)
        {
            yield return (byte)value;
        }
    }
}
