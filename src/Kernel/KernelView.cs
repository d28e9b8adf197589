namespace Sonde.Kernel;

/// <summary>What the agent knows of the running kernel, each part read when first asked for and once.</summary>
internal sealed class KernelView
{
    private readonly Lazy<(Btf? Value, string? Reason)> _btf = new(() => (Btf.TryLoadKernel(out var reason), reason));
    private readonly Lazy<(Tracefs? Value, string? Reason)> _tracefs;
    private readonly Lazy<TargetCatalog> _catalog;
    private readonly ModuleTypes _modules = new();
    private readonly Lazy<NameTable?> _allocationFlags;

    public KernelView()
    {
        // Formats name some values by enumerators, which only the kernel's types resolve.
        _tracefs = new(() => (Tracefs.TryOpen(out var reason, name => Btf?.EnumeratorValue(name)), reason));
        _allocationFlags = new(() => Tracefs?.ReadFormat("kmem", "mm_page_alloc")?.Names.GetValueOrDefault("gfp_flags"));
        _catalog = new(() => new TargetCatalog(Tracefs, Btf, static () => Kallsyms.Current));
    }

    /// <summary>The kernel's types, or null: <see cref="BtfReason"/>.</summary>
    public Btf? Btf => _btf.Value.Value;

    /// <summary>A function with the types that its signature is told in: the kernel's, or a loaded module's.</summary>
    /// <returns>The descriptor is that of the module's types, 0 for the kernel's; null when nothing describes the function.</returns>
    public (Btf Types, BtfFunction Function, int TypesFd)? FindFunction(string name)
    {
        if (Btf is not { } types)
        {
            return null;
        }

        return types.FindFunction(name) is { } function ? (types, function, 0) : _modules.FindFunction(types, name);
    }

    /// <summary>Why there are no types.</summary>
    public string? BtfReason => _btf.Value.Reason;

    /// <summary>The tracing file system, or null: <see cref="TracefsReason"/>.</summary>
    public Tracefs? Tracefs => _tracefs.Value.Value;

    /// <summary>Why there is no tracing file system.</summary>
    public string? TracefsReason => _tracefs.Value.Reason;

    /// <summary>Names of allocation flags (<c>gfp_t</c>), from the formats of tracepoints that print them; null where none does.</summary>
    public NameTable? AllocationFlags => _allocationFlags.Value;

    /// <summary>All that can be asked for by name.</summary>
    public TargetCatalog Catalog => _catalog.Value;
}
