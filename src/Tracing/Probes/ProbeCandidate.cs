using Sonde.Tracing.Decoding;

namespace Sonde.Tracing.Probes;

/// <summary>How a probe gets into the kernel's path.</summary>
internal enum Mechanism
{
    /// <summary>A BPF trampoline at a function's entry, and at its exit where the return is wanted.</summary>
    Trampoline,

    /// <summary>A kprobe, and a kretprobe where the return is wanted.</summary>
    Kprobe,

    /// <summary>A tracepoint.</summary>
    Tracepoint,

    /// <summary>A system call's entry and exit tracepoints.</summary>
    SyscallPair,
}

/// <summary>One way to answer a request: tried in order, best first.</summary>
/// <param name="Mechanism">How it attaches.</param>
/// <param name="Target">The function, or the tracepoint as <c>category/name</c>.</param>
/// <param name="Layout">What it fetches and how that reads.</param>
internal sealed record ProbeCandidate(Mechanism Mechanism, string Target, EventLayout Layout)
{
    /// <summary>Id of the tracepoint, or of the system call's entry.</summary>
    public int TracepointId { get; init; }

    /// <summary>Id of the system call's exit.</summary>
    public int ExitId { get; init; }

    /// <summary>Why this and not what was asked, when it is a substitute.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the tracepoint is told as, where the entry alone would not say it.</summary>
    public string? ToldAs { get; init; }

    /// <summary>The name in <c>attached</c>.</summary>
    public string Attached => Mechanism switch
    {
        Mechanism.Trampoline => (Layout.Pairing == PairKind.Call ? "fexit:" : "fentry:") + Target,
        Mechanism.Kprobe => (Layout.Pairing == PairKind.Call ? "kretprobe:" : "kprobe:") + Target,
        _ => "tracepoint:" + (ToldAs ?? Target),
    };
}
