namespace Sonde.Kernel;

/// <summary>What this kernel, and the privileges the agent has on it, allow. Read once: none of it changes under a running agent.</summary>
internal static class KernelFeatures
{
    private static readonly Lazy<KernelState> AtStart = new(() => KernelState.Read());

    /// <summary>All values together.</summary>
    public static KernelState State => AtStart.Value;

    /// <inheritdoc cref="KernelState.HasKprobes"/>
    public static bool HasKprobes => State.HasKprobes;

    /// <inheritdoc cref="KernelState.HasUprobes"/>
    public static bool HasUprobes => State.HasUprobes;

    /// <inheritdoc cref="KernelState.HasBtf"/>
    public static bool HasBtf => State.HasBtf;

    /// <inheritdoc cref="KernelState.CanTrace"/>
    public static bool CanTrace => State.CanTrace;

    /// <inheritdoc cref="KernelState.PerfEventParanoid"/>
    public static int? PerfEventParanoid => State.PerfEventParanoid;

    /// <inheritdoc cref="KernelState.KptrRestrict"/>
    public static int? KptrRestrict => State.KptrRestrict;

    /// <inheritdoc cref="KernelState.UnprivilegedBpfDisabled"/>
    public static int? UnprivilegedBpfDisabled => State.UnprivilegedBpfDisabled;

    /// <inheritdoc cref="KernelState.Lockdown"/>
    public static Lockdown Lockdown => State.Lockdown;

    /// <inheritdoc cref="Capabilities.Has"/>
    public static bool HasCapability(string name) => State.Capabilities.Has(name);

    /// <summary>Every condition of tracing on its own, with the fix beside each one that isn't met.</summary>
    public static IReadOnlyList<FeatureCheck> Checks()
    {
        var tracefs = Tracefs.TryOpen(out string? reason);
        return FeatureChecks.Of(State, Kallsyms.Current.HasAddresses, tracefs?.Place, reason);
    }
}
