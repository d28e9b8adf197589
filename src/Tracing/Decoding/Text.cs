using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sonde.Protocol;

namespace Sonde.Tracing.Decoding;

/// <summary>Bytes and numbers of the kernel as the contract writes them.</summary>
internal static class Text
{
    // Integers beyond this lose digits in a JSON reader that uses doubles.
    private const long LargestExact = 1L << 53;

    /// <summary>Text up to the first zero byte; what is no UTF-8 or not printable is escaped as <c>\xNN</c>.</summary>
    public static string FromKernel(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        if (end >= 0)
        {
            bytes = bytes[..end];
        }

        if (!bytes.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length + 16);
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var used);
            if (status == System.Buffers.OperationStatus.Done && PrintableText.IsPrintable(rune))
            {
                text.Append(rune);
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

    /// <summary>A number, as a string where a double could not hold it.</summary>
    public static JsonNode Number(long value, bool signed) =>
        signed
            ? value is <= LargestExact and >= -LargestExact ? JsonValue.Create(value) : JsonValue.Create(value.ToString(CultureInfo.InvariantCulture))
            : (ulong)value <= LargestExact ? JsonValue.Create(value) : JsonValue.Create(((ulong)value).ToString(CultureInfo.InvariantCulture));

    /// <summary>A pointer or bit mask.</summary>
    public static string Hex(ulong value) => $"0x{value:x}";
}
