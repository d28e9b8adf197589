using System.Text;

namespace Sonde.Kernel;

/// <summary>
/// Flags, modes and enumerations as the C constants are written, joined by <c>|</c>; bits without a name follow as <c>0x…</c>.
/// Values are those of x86-64.
/// </summary>
internal static partial class FlagNames
{
    /// <summary>A mode as C writes it, in octal with the leading zero: <c>0644</c>.</summary>
    public static string FileMode(long mode)
    {
        uint bits = (uint)mode;
        return bits == 0 ? "0" : "0" + Convert.ToString(bits, 8);
    }

    /// <summary>Names each set bit (or whole group of bits) in the table's order.</summary>
    /// <param name="value">The bits still to be named.</param>
    /// <param name="table">Longer groups stand before the bits they contain.</param>
    /// <param name="zero">What no bit at all is called.</param>
    /// <param name="first">What was already named, to stand in front.</param>
    private static string Join(ulong value, ReadOnlySpan<Flag> table, string zero, string? first = null)
    {
        if (value == 0)
        {
            return first ?? zero;
        }

        var text = new StringBuilder(first);
        foreach (Flag flag in table)
        {
            if ((value & flag.Bits) == flag.Bits)
            {
                Append(text, flag.Name);
                value &= ~flag.Bits;
            }
        }

        if (value != 0)
        {
            Append(text, "0x" + value.ToString("x"));
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string name)
    {
        if (text.Length > 0)
        {
            text.Append('|');
        }

        text.Append(name);
    }

    private readonly record struct Flag(ulong Bits, string Name);
}
