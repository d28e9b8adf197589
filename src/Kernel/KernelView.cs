namespace Sonde.Kernel;

/// <summary>What the agent knows of the running kernel, each part read when first asked for and once.</summary>
internal sealed class KernelView
{
    private readonly Lazy<(Btf? Value, string? Reason)> btf = new(() => (Btf.TryLoadKernel(out var reason), reason));
    private readonly Lazy<(Tracefs? Value, string? Reason)> tracefs;
    private readonly Lazy<IReadOnlyList<string>> functions;
    private readonly Lazy<NameTable?> allocationFlags;

    public KernelView()
    {
        // Formats name some values by enumerators, which only the kernel's types resolve.
        tracefs = new(() => (Tracefs.TryOpen(out var reason, name => Btf?.EnumeratorValue(name)), reason));
        allocationFlags = new(() => Tracefs?.ReadFormat("kmem", "mm_page_alloc")?.Names.GetValueOrDefault("gfp_flags"));
        functions = new(() => Btf is { } types ? [.. types.FunctionNames().Distinct().Order(StringComparer.Ordinal)] : []);
    }

    /// <summary>The kernel's types, or null: <see cref="BtfReason"/>.</summary>
    public Btf? Btf => btf.Value.Value;

    /// <summary>Why there are no types.</summary>
    public string? BtfReason => btf.Value.Reason;

    /// <summary>The tracing file system, or null: <see cref="TracefsReason"/>.</summary>
    public Tracefs? Tracefs => tracefs.Value.Value;

    /// <summary>Why there is no tracing file system.</summary>
    public string? TracefsReason => tracefs.Value.Reason;

    /// <summary>Names of allocation flags (<c>gfp_t</c>), from the formats of tracepoints that print them; null where none does.</summary>
    public NameTable? AllocationFlags => allocationFlags.Value;

    /// <summary>Names of the functions that the kernel describes, in order.</summary>
    public IReadOnlyList<string> Functions => functions.Value;
}
