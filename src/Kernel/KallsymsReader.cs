using System.Buffers.Text;

namespace Sonde.Kernel;

/// <summary>Reads the lines of /proc/kallsyms: <c>address type name</c>, a tab and <c>[module]</c> for those of modules.</summary>
internal static class KallsymsReader
{
    // A symbol's name has at most KSYM_NAME_LEN - 1 = 511 bytes, a module's 55: every line fits many times.
    private const int BufferSize = 1 << 16;

    /// <summary>Collects the text symbols and hands the block of their names and their places to <paramref name="create"/>.</summary>
    public static Kallsyms Read(Stream stream, Func<byte[], Kallsyms.Symbol[], Kallsyms> create)
    {
        var names = new MemoryStream();
        var symbols = new List<Kallsyms.Symbol>();
        byte[] buffer = new byte[BufferSize];
        int filled = 0;
        int read;
        while ((read = stream.Read(buffer, filled, buffer.Length - filled)) > 0)
        {
            filled += read;
            Span<byte> rest = buffer.AsSpan(0, filled);
            int end;
            while ((end = rest.IndexOf((byte)'\n')) >= 0)
            {
                Add(rest[..end], names, symbols);
                rest = rest[(end + 1)..];
            }

            if (rest.Length == buffer.Length)
            {
                throw new InvalidDataException("reading /proc/kallsyms: a line is longer than any symbol can be");
            }

            filled = rest.Length;
            rest.CopyTo(buffer);
        }

        Add(buffer.AsSpan(0, filled), names, symbols);
        return create(names.ToArray(), [.. symbols]);
    }

    private static void Add(ReadOnlySpan<byte> line, MemoryStream names, List<Kallsyms.Symbol> symbols)
    {
        if (!Utf8Parser.TryParse(line, out ulong address, out int digits, 'x') || line.Length < digits + 4)
        {
            return;
        }

        // t and T are text, w and W weak symbols, which in the kernel's listing are functions too.
        if (line[digits + 1] is not ((byte)'t' or (byte)'T' or (byte)'w' or (byte)'W'))
        {
            return;
        }

        ReadOnlySpan<byte> name = line[(digits + 3)..];
        int module = name.IndexOf((byte)'\t');
        name = module < 0 ? name : name[..module];
        symbols.Add(new Kallsyms.Symbol(address, (int)names.Length, name.Length));
        names.Write(name);
    }
}
