namespace Sonde.Kernel;

/// <summary>Names of a field's values, from <c>__print_symbolic</c> or <c>__print_flags</c>.</summary>
/// <param name="IsFlags">Whether values are masks that add up.</param>
/// <param name="Entries">In the kernel's order: groups of bits stand before the bits they contain.</param>
internal sealed record NameTable(bool IsFlags, IReadOnlyList<(long Value, string Name)> Entries)
{
    /// <summary>Which bits the names are about; the text may print only a part of the field.</summary>
    public long Mask { get; init; } = -1;

    /// <summary>What the text prints when none of those bits is set, or null.</summary>
    public string? ZeroName { get; init; }

    /// <summary>What the text appends when some other bits are set (<c>+</c> for a task preempted while it sleeps).</summary>
    public (long Bits, string Text)? Suffix { get; init; }

    /// <summary>Bytes of the field: constants and values are compared in its width, whatever their sign.</summary>
    public int FieldSize { get; init; } = 8;

    /// <summary>The name, names joined by <c>|</c>, or what no name covers: a flag in hexadecimal, a symbol as its number.</summary>
    public string Decode(long value)
    {
        var text = DecodeMasked(value);
        return Suffix is var (bits, suffix) && (value & bits) != 0 ? text + suffix : text;
    }

    private string DecodeMasked(long value)
    {
        var width = FieldSize >= 8 ? -1L : (1L << (FieldSize * 8)) - 1;
        var rest = value & Mask & width;
        foreach (var (one, name) in Entries)
        {
            if ((one & width) == rest)
            {
                return name;
            }
        }

        if (rest == 0 && ZeroName is not null)
        {
            return ZeroName;
        }

        if (!IsFlags)
        {
            return (value & Mask).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        var names = new List<string>();
        foreach (var (one, name) in Entries)
        {
            var bits = one & width;
            if (bits != 0 && (rest & bits) == bits)
            {
                names.Add(name);
                rest &= ~bits;
            }
        }

        if (rest != 0 || names.Count == 0)
        {
            names.Add($"0x{rest:x}");
        }

        return string.Join('|', names);
    }
}
