using Sonde.Tracing.Decoding;

namespace Sonde.Tracing.Probes;

/// <summary>
/// One way to answer a request: tried in order, best first. Its parts attach side by side and make one result: their matches are
/// counted together and told apart by target.
/// </summary>
/// <param name="Parts">At least one; at most <see cref="MostParts"/>.</param>
internal sealed record ProbeCandidate(IReadOnlyList<ProbePart> Parts)
{
    /// <summary>So many targets one request may match.</summary>
    public const int MostParts = 200;

    private const int MostNamed = 4;
    private const int MostLayoutNotes = 6;

    public ProbeCandidate(ProbePart only) : this([only])
    {
    }

    /// <summary>The target as it was asked for, where that is a pattern: then statistics are by target.</summary>
    public string? Pattern { get; init; }

    /// <summary>Why this and not what was asked, when it is a substitute.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public Mechanism Mechanism => Parts[0].Mechanism;

    /// <summary>Whether something completes every part's events.</summary>
    public bool Paired => Parts.All(part => part.Layout.Paired);

    /// <summary>Whether some events are complete as they begin.</summary>
    public bool HasUnpaired => !Paired || Parts.Any(part => part.Layout.IsAnyCall);

    /// <summary>Whether something completes some part's.</summary>
    public bool IsAnyPaired => Parts.Any(part => part.Layout.Paired);

    /// <summary>
    /// Whether the kernel runs none of its programs inside another on one CPU: all but trampolines, and the raw tracepoint that sees answers,
    /// go through <c>trace_call_bpf</c> or its like (kernel/trace/bpf_trace.c).
    /// </summary>
    public bool RunsAlone => Parts.All(part => part.Mechanism != Mechanism.Trampoline && part.Layout.Dns.From == DnsFrom.None);

    /// <summary>Whether a thread is in one of its calls at a time at most, so that no frame tells them apart.</summary>
    public bool IsUnnested => Parts.All(part => part.Mechanism == Mechanism.SyscallPair && part.Layout.Dns.From == DnsFrom.None);

    /// <summary>Whether its events end where they began, on the same CPU: interrupts.</summary>
    public bool IsPerCpu => Parts.All(part => part.Layout.CompletedBy is { ByCpu: true });

    /// <summary>Bytes of the largest record.</summary>
    public int RecordSize => Parts.Max(part => part.Layout.RecordSize);

    /// <summary>Whether statistics are kept by key.</summary>
    public bool IsKeyed => Parts.Any(part => KeyOf(part) is not null);

    /// <summary>What a part's statistics group by: the target where a pattern has many, else the layout's own key; null for nothing.</summary>
    public EventKey? KeyOf(ProbePart part) => Pattern is null ? part.Layout.Key : EventKey.Target;

    /// <summary>What can't be fetched, as far as it can be told in a few lines.</summary>
    public IEnumerable<string> LayoutNotes => Parts.SelectMany(part => part.Layout.Notes.Select(note => Parts.Count == 1 ? note : $"{part.Target}: {note}")).Take(MostLayoutNotes);

    /// <summary>The name in <c>attached</c>.</summary>
    public string Attached => $"{Parts[0].Prefix}:{Pattern ?? string.Join('+', Parts.Take(MostNamed).Select(part => part.ToldAs ?? part.Target))}{(Pattern is null && Parts.Count > MostNamed ? "+…" : "")}";
}
