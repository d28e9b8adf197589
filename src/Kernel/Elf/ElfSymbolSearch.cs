using System.Runtime.InteropServices;
using System.Text;

namespace Sonde.Kernel.Elf;

/// <summary>
/// Finds the functions of some addresses in symbol tables read once from end to end, in pieces: memory depends on how much is asked, not on how much
/// there is.
/// </summary>
internal sealed class ElfSymbolSearch
{
    private const int SymbolSize = 24;
    private const int PieceSymbols = 4096;

    // 192 MiB of symbols; the largest browsers have half of it.
    private const long MostSymbols = 8 << 20;
    private const int LongestName = 512;

    // Honest functions hardly overlap; a table made to have each symbol cover every address ends here.
    private const int MostMatches = 4 << 20;
    private const int STT_FUNC = 2;
    private const int STT_GNU_IFUNC = 10;

    private readonly ReadAt _read;
    private readonly ulong[] _addresses;
    private readonly Match?[] _best;
    private int _matches;

    public ElfSymbolSearch(ReadAt read, IEnumerable<ulong> addresses)
    {
        _read = read;
        _addresses = [.. addresses.Distinct().Order()];
        _best = new Match?[_addresses.Length];
    }

    /// <summary>Looks through one table; what an earlier one found stays.</summary>
    public void Scan(ElfFile.Section symbols, ElfFile.Section names)
    {
        var open = Array.IndexOf(_best, null) >= 0;
        if (!open || symbols.Offset > long.MaxValue / 2 || names.Offset > long.MaxValue / 2)
        {
            return;
        }

        var piece = new Symbol[PieceSymbols];
        var left = Math.Min(symbols.Size / SymbolSize, MostSymbols);
        for (var position = (long)symbols.Offset; left > 0;)
        {
            var wanted = MemoryMarshal.AsBytes(piece.AsSpan(0, (int)Math.Min(left, PieceSymbols)));
            var got = _read(position, wanted) / SymbolSize;
            foreach (ref readonly var symbol in piece.AsSpan(0, got))
            {
                Consider(symbol, names);
            }

            if (got * SymbolSize < wanted.Length)
            {
                return;
            }

            position += wanted.Length;
            left -= (ulong)got;
        }
    }

    /// <summary>What was found, with the names read.</summary>
    public IReadOnlyDictionary<ulong, ElfFunction> Found()
    {
        var found = new Dictionary<ulong, ElfFunction>();
        for (var i = 0; i < _addresses.Length; i++)
        {
            if (_best[i] is { } match && ReadName(match.NamePosition, match.LongestName) is { Length: > 0 } name)
            {
                found[_addresses[i]] = new ElfFunction(name, _addresses[i] - match.Start);
            }
        }

        return found;
    }

    private void Consider(in Symbol symbol, ElfFile.Section names)
    {
        if ((symbol.Info & 0xf) is not (STT_FUNC or STT_GNU_IFUNC) || symbol.Section == 0 || symbol.Name >= names.Size)
        {
            return;
        }

        // Hand-written assembly often states no size: then it is the entry point alone.
        var end = unchecked(symbol.Value + Math.Max(symbol.Size, 1));
        var first = Array.BinarySearch(_addresses, symbol.Value);
        for (var i = first < 0 ? ~first : first; i < _addresses.Length && _addresses[i] < end && _matches < MostMatches; i++)
        {
            _matches++;

            // Of functions within one another the innermost; of several names for one the first in the table.
            if (_best[i] is not { } best || symbol.Value > best.Start)
            {
                _best[i] = new Match(symbol.Value, (long)(names.Offset + symbol.Name), (int)Math.Min(names.Size - symbol.Name, LongestName));
            }
        }
    }

    private string ReadName(long position, int longest)
    {
        Span<byte> bytes = stackalloc byte[LongestName];
        bytes = bytes[.._read(position, bytes[..longest])];
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private readonly record struct Match(ulong Start, long NamePosition, int LongestName);

    /// <summary><c>Elf64_Sym</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = SymbolSize)]
    private readonly struct Symbol
    {
        [FieldOffset(0)] public readonly uint Name;
        [FieldOffset(4)] public readonly byte Info;
        [FieldOffset(6)] public readonly ushort Section;
        [FieldOffset(8)] public readonly ulong Value;
        [FieldOffset(16)] public readonly ulong Size;
    }
}
