namespace Sonde.Kernel;

/// <summary>All that this kernel can be asked to trace, read when first asked for and once.</summary>
internal sealed class TargetCatalog
{
    private readonly Lazy<IReadOnlyList<string>> _tracepoints;
    private readonly Lazy<(IReadOnlyList<string> Names, string Source)> _functions;

    /// <param name="tracefs">Null where there is none.</param>
    /// <param name="btf">Null where the kernel has none.</param>
    /// <param name="kallsyms">Asked for only when the tracing file system doesn't list the functions.</param>
    public TargetCatalog(Tracefs? tracefs, Btf? btf, Func<Kallsyms> kallsyms)
    {
        _tracepoints = new(() => tracefs is null ? [] : [.. tracefs.AllEvents()]);
        _functions = new(() => ReadFunctions(tracefs, btf, kallsyms));
    }

    /// <summary>Names from a list, for tests and for lists read before.</summary>
    public TargetCatalog(IReadOnlyList<string> tracepoints, IReadOnlyList<string> functions)
    {
        _tracepoints = new(() => tracepoints);
        _functions = new(() => (functions, "a list"));
    }

    /// <summary>Every tracepoint as <c>category/name</c>, in order.</summary>
    public IReadOnlyList<string> Tracepoints => _tracepoints.Value;

    /// <summary>Every kernel function that may be traceable, in order, without duplicates.</summary>
    public IReadOnlyList<string> Functions => _functions.Value.Names;

    /// <summary>Where the functions were read, for people: the fewer the source knows, the more of them can't be attached to.</summary>
    public string FunctionSource => _functions.Value.Source;

    /// <summary>The tracepoints that a pattern with <c>*</c> matches; one without a category is tried in each.</summary>
    public IReadOnlyList<string> MatchTracepoints(string pattern)
    {
        pattern = pattern.Replace(':', '/');
        return pattern.Contains('/')
            ? [.. Tracepoints.Where(name => Wildcard.Matches(pattern, name))]
            : [.. Tracepoints.Where(name => Wildcard.Matches(pattern, name.AsSpan(name.IndexOf('/') + 1)))];
    }

    /// <summary>The functions that a pattern with <c>*</c> matches.</summary>
    public List<string> MatchFunctions(string pattern) => [.. Functions.Where(name => Wildcard.Matches(pattern, name))];

    /// <summary>Tracepoints near to one that doesn't exist, best first.</summary>
    public IReadOnlyList<string> SuggestTracepoints(string name, int most = 5) => NearestNames.Of(name, Tracepoints, most);

    /// <summary>Functions near to one that doesn't exist, best first.</summary>
    public IReadOnlyList<string> SuggestFunctions(string name, int most = 5) => NearestNames.Of(name, Functions, most);

    /// <summary>What many names begin with, for an error that says how to narrow a pattern: the commonest beginnings, one word longer than what all share.</summary>
    public static IReadOnlyList<(string Prefix, int Count)> CommonPrefixes(IReadOnlyList<string> names, int most)
    {
        var shared = names.Count == 0 ? 0 : names.Min(name => name.AsSpan().CommonPrefixLength(names[0]));
        return
        [
            .. names
                .GroupBy(name => name.IndexOfAny(['_', '/'], Math.Min(shared + 1, name.Length)) is >= 0 and var end ? name[..(end + 1)] : name)
                .Select(group => (Prefix: group.Key, Count: group.Count()))
                .OrderByDescending(group => group.Count)
                .ThenBy(group => group.Prefix, StringComparer.Ordinal)
                .Take(most),
        ];
    }

    private static (IReadOnlyList<string>, string) ReadFunctions(Tracefs? tracefs, Btf? btf, Func<Kallsyms> kallsyms)
    {
        if (tracefs?.AvailableFilterFunctions(out _) is { Count: > 0 } listed)
        {
            return (InOrder(listed), "available_filter_functions");
        }

        var symbols = kallsyms();
        if (btf is not null && symbols.Count > 0)
        {
            var typed = btf.FunctionNames().ToHashSet();
            return (InOrder(symbols.Functions.Where(typed.Contains)), "kallsyms and BTF");
        }

        return btf is not null ? (InOrder(btf.FunctionNames()), "BTF")
            : symbols.Count > 0 ? (InOrder(symbols.Functions.Where(IsEntered)), "kallsyms")
            : ([], "nothing: neither tracefs, kallsyms nor BTF can be read");
    }

    // Padding before functions, cold halves of functions and BPF programs are symbols of code, but none that a call enters.
    private static bool IsEntered(string symbol) =>
        !symbol.StartsWith("__pfx_", StringComparison.Ordinal)
        && !symbol.StartsWith("__cfi_", StringComparison.Ordinal)
        && !symbol.StartsWith("bpf_prog_", StringComparison.Ordinal)
        && !symbol.Contains(".cold", StringComparison.Ordinal);

    private static List<string> InOrder(IEnumerable<string> names) => [.. names.Distinct().Order(StringComparer.Ordinal)];
}
