using Sonde.Tracing.Overhead;

namespace Sonde.Tracing;

/// <summary>What a session may take of the host.</summary>
internal sealed record TraceLimits
{
    /// <summary>What its programs may cost.</summary>
    public OverheadBudget Overhead { get; init; } = OverheadBudget.Default;

#if DEBUG
    // So small that any test of some length wraps it.
    private const uint UsualRingBytes = 128 * 1024;
#else
    private const uint UsualRingBytes = 2 * 1024 * 1024;
#endif

    /// <summary>Size of the ring: a power of two. It counts twice in resident memory, as it is mapped twice.</summary>
    public uint RingBytes { get; init; } = UsualRingBytes;
}
