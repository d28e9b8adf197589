using System.Text;

namespace Sonde.Kernel;

/// <summary>The functions of the running kernel and its modules, from /proc/kallsyms: which exist, under which names, and where.</summary>
/// <remarks>
/// A kernel has tens of thousands of functions, so names stay one block of bytes with two indexes, by name and by address, instead of
/// that many strings.
/// </remarks>
internal sealed class Kallsyms
{
    /// <summary>Beyond this no function reaches: an address further from the symbol before it belongs to something else.</summary>
    private const ulong LargestFunction = 1 << 20;

    private static readonly Lazy<Kallsyms> Running = new(ReadRunning);

    private readonly byte[] _names;
    private readonly Symbol[] _symbols;
    private readonly Symbol[] _byAddress;

    // Symbolising a stack needs no order of names, which costs more than reading them.
    private readonly Lazy<Symbol[]> _byName;

    private Kallsyms(byte[] names, Symbol[] symbols)
    {
        _names = names;
        _byAddress = Array.FindAll(symbols, symbol => symbol.Address != 0);
        Array.Sort(_byAddress, (x, y) => x.Address.CompareTo(y.Address));
        _symbols = symbols;
        _byName = new(() => SortedByName(symbols));
    }

    /// <summary>The running kernel's functions, read once at first use; empty where /proc/kallsyms can't be read.</summary>
    public static Kallsyms Current => Running.Value;

    /// <summary>Number of function symbols; 0 means that nothing could be read, not that the kernel has no functions.</summary>
    public int Count => _symbols.Length;

    /// <summary>False when the kernel hides addresses (kptr_restrict, missing CAP_SYSLOG): names are known, addresses aren't.</summary>
    public bool HasAddresses => _byAddress.Length > 0;

    /// <summary>All names in byte order, with repetitions where static functions share one.</summary>
    public IEnumerable<string> Functions => _byName.Value.Select(symbol => Encoding.UTF8.GetString(NameOf(symbol)));

    /// <summary>Reads the text of /proc/kallsyms; only symbols in text sections are kept.</summary>
    public static Kallsyms Read(Stream stream) => KallsymsReader.Read(stream, (names, symbols) => new Kallsyms(names, symbols));

    /// <summary>Whether a function has exactly this name.</summary>
    public bool HasFunction(string name)
    {
        byte[] asked = Encoding.UTF8.GetBytes(name);
        int at = LowerBound(asked);
        return at < _symbols.Length && NameOf(_byName.Value[at]).SequenceEqual(asked);
    }

    /// <summary>
    /// The compiler's variants of a function: <c>name.isra.0</c>, <c>name.constprop.0</c>, <c>name.part.0</c>. The unlikely halves
    /// (<c>.cold</c>) aren't entered by a call and so are left out.
    /// </summary>
    public IReadOnlyList<string> Variants(string name)
    {
        byte[] prefix = Encoding.UTF8.GetBytes(name + ".");
        var variants = new List<string>();
        Symbol[] sorted = _byName.Value;
        for (int i = LowerBound(prefix); i < sorted.Length && NameOf(sorted[i]).StartsWith(prefix); i++)
        {
            string variant = Encoding.UTF8.GetString(NameOf(sorted[i]));
            if (!variant.Contains(".cold", StringComparison.Ordinal) && (variants.Count == 0 || variants[^1] != variant))
            {
                variants.Add(variant);
            }
        }

        return variants;
    }

    /// <summary>The function an address lies in and how far from its start; null for addresses of no function and when hidden.</summary>
    public (string Symbol, ulong Offset)? Resolve(ulong address)
    {
        int low = 0;
        int high = _byAddress.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_byAddress[middle].Address <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        if (low == 0 || address - _byAddress[low - 1].Address >= LargestFunction)
        {
            return null;
        }

        ulong start = _byAddress[low - 1].Address;
        string best = Encoding.UTF8.GetString(NameOf(_byAddress[low - 1]));
        for (int i = low - 2; i >= 0 && _byAddress[i].Address == start; i--)
        {
            string alias = Encoding.UTF8.GetString(NameOf(_byAddress[i]));
            best = IsPlainer(alias, best) ? alias : best;
        }

        return (best, address - start);
    }

    /// <summary>Of several names for one address people know the one with fewer leading underscores, then the shorter one.</summary>
    private static bool IsPlainer(string name, string than)
    {
        int difference = LeadingUnderscores(name) - LeadingUnderscores(than);
        return difference != 0 ? difference < 0
            : name.Length != than.Length ? name.Length < than.Length
            : string.CompareOrdinal(name, than) < 0;
    }

    private static int LeadingUnderscores(string name) => name.Length - name.AsSpan().TrimStart('_').Length;

    private static Kallsyms ReadRunning()
    {
        try
        {
            using FileStream stream = File.OpenRead("/proc/kallsyms");
            return Read(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Kallsyms([], []);
        }
    }

    private Symbol[] SortedByName(Symbol[] symbols)
    {
        var sorted = (Symbol[])symbols.Clone();
        Array.Sort(sorted, (x, y) => NameOf(x).SequenceCompareTo(NameOf(y)));
        return sorted;
    }

    private int LowerBound(ReadOnlySpan<byte> name)
    {
        Symbol[] sorted = _byName.Value;
        int low = 0;
        int high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (NameOf(sorted[middle]).SequenceCompareTo(name) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private ReadOnlySpan<byte> NameOf(Symbol symbol) => _names.AsSpan(symbol.NameStart, symbol.NameLength);

    /// <param name="Address">0 when hidden.</param>
    /// <param name="NameStart">Where its name starts in the block of names.</param>
    /// <param name="NameLength">In bytes.</param>
    internal readonly record struct Symbol(ulong Address, int NameStart, int NameLength);
}
