using System.Runtime.InteropServices;

namespace Sonde.Tracing.Probes;

/// <summary>What one probe needs besides its target.</summary>
/// <param name="Program">Number in the session; travels in each record.</param>
/// <param name="RingFd">The session's ring.</param>
/// <param name="Send">What travels as single events.</param>
/// <param name="Filter">Whose events count.</param>
/// <param name="Stacks">Whether to count where the events come from.</param>
/// <param name="Threads">Threads of the host; null where that isn't known.</param>
internal sealed record ProbeOptions(int Program, int RingFd, SendMode Send, WireFilter Filter, bool Stacks, uint? Threads);

/// <summary>The plans of a candidate's parts, and which parts one program can serve.</summary>
internal static class ProbePlan
{
    /// <summary>The plan of a part.</summary>
    /// <param name="candidate">What it is a part of.</param>
    /// <param name="index">Which part.</param>
    /// <param name="number">The number that its records are to carry.</param>
    /// <param name="options">What it needs besides its target.</param>
    public static WirePlan Of(ProbeCandidate candidate, int index, int number, ProbeOptions options)
    {
        var part = candidate.Parts[index];
        var layout = part.Layout;
        var key = candidate.KeyOf(part)?.Plan() ?? default;
        key.Fetches = layout.WithSources(key.Fetches);

        // Where nothing travels by itself, only the key's bytes are of use, and what questions are found by.
        var all = options.Send != SendMode.None;
        var isBaseNeeded = all || key.Parts[0].Size > 0 || layout.Dns.From != DnsFrom.None;
        var plan = new WirePlan
        {
            Program = (uint)options.Program,
            RecordSize = (uint)layout.RecordSize,
            BaseSize = isBaseNeeded ? (uint)layout.BaseSize : 0,
            ArgumentMask = isBaseNeeded ? layout.ArgumentMask : 0,
            ReturnIndex = part.Mechanism == Mechanism.Trampoline ? (uint)layout.ReturnIndex : 0,
            FetchMask = all ? (1u << layout.Fetches.Count) - 1 : key.Fetches,
            Send = options.Send,
            ReturnBits = (uint)layout.ReturnBits,
            Stacks = options.Stacks ? 1u : 0u,
            Alone = candidate.RunsAlone ? 1u : 0u,
            Part = (uint)number,
            MostKept = TableSizes.Of(candidate, options.Threads).MostKept,
            Key = key,
            Filter = Targets.FilterPlan.For(part, options.Filter),
            Dns = layout.Dns,
            SocketProtocol = (uint)layout.SocketProtocol,
            AnyCall = layout.IsAnyCall ? 1u : 0u,
            Pair = layout.CompletedBy?.ToWire(layout) ?? new WirePair { Kind = layout.Pairing },
        };
        for (var i = 0; i < layout.Conditions.Count; i++)
        {
            plan.Conditions[i] = layout.Conditions[i];
        }

        for (var i = 0; i < layout.Fetches.Count; i++)
        {
            plan.Fetches[i] = layout.Fetches[i];
        }

        return plan;
    }

    /// <summary>Numbers of parts by the program that serves them: on many functions at once, all that fetch the same from the same place.</summary>
    public static IEnumerable<int[]> Groups(ProbeCandidate candidate, ProbeOptions options)
    {
        var numbers = Enumerable.Range(0, candidate.Parts.Count);
        return candidate.Mechanism == Mechanism.KprobeMulti
            ? numbers.GroupBy(number => Fingerprint(Of(candidate, number, 0, options))).Select(group => group.ToArray())
            : numbers.Select(number => new[] { number });
    }

    private static string Fingerprint(WirePlan plan) => Convert.ToBase64String(MemoryMarshal.AsBytes(new ReadOnlySpan<WirePlan>(in plan)));
}
