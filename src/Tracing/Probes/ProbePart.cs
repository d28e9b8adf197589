using Sonde.Tracing.Decoding;

namespace Sonde.Tracing.Probes;

/// <summary>How a probe gets into the kernel's path.</summary>
internal enum Mechanism
{
    /// <summary>A BPF trampoline at a function's entry, and at its exit where the return is wanted.</summary>
    Trampoline,

    /// <summary>A kprobe, and a kretprobe where the return is wanted.</summary>
    Kprobe,

    /// <summary>One program on many functions at once, and one on their returns.</summary>
    KprobeMulti,

    /// <summary>A tracepoint.</summary>
    Tracepoint,

    /// <summary>A system call's entry and exit tracepoints.</summary>
    SyscallPair,
}

/// <summary>One place to attach to.</summary>
/// <param name="Mechanism">How it attaches.</param>
/// <param name="Target">The function, or the tracepoint as <c>category/name</c>.</param>
/// <param name="Layout">What it fetches and how that reads.</param>
internal sealed record ProbePart(Mechanism Mechanism, string Target, EventLayout Layout)
{
    /// <summary>Id of the function in the kernel's types or its module's, for a trampoline.</summary>
    public int FunctionId { get; init; }

    /// <summary>Descriptor of the module's types; 0 for the kernel's own.</summary>
    public int TypesFd { get; init; }

    /// <summary>Id of the tracepoint, or of the system call's entry.</summary>
    public int TracepointId { get; init; }

    /// <summary>Id of the system call's exit.</summary>
    public int ExitId { get; init; }

    /// <summary>Another one that a system call may leave by, or 0.</summary>
    public int OtherExitId { get; init; }

    /// <summary>What a tracepoint is told as, where the entry alone would not say it.</summary>
    public string? ToldAs { get; init; }

    /// <summary>The name of the mechanism in <c>attached</c>.</summary>
    public string Prefix => (Mechanism, Layout.Pairing == PairKind.Call) switch
    {
        (Mechanism.Trampoline, true) => "fexit",
        (Mechanism.Trampoline, _) => "fentry",
        (Mechanism.Kprobe, true) => "kretprobe",
        (Mechanism.Kprobe, _) => "kprobe",
        (Mechanism.KprobeMulti, true) => "kretprobe.multi",
        (Mechanism.KprobeMulti, _) => "kprobe.multi",
        _ => "tracepoint",
    };

    /// <summary>For people.</summary>
    public string Name => $"{Prefix}:{ToldAs ?? Target}";

    /// <summary>Names of the programs in <c>bpf/</c> that serve it, the entry's first.</summary>
    public IReadOnlyList<string> ProgramNames => (Layout.Pairing, Layout.CompletedBy?.Mark) switch
    {
        (PairKind.None, _) => [EntryProgram],
        (PairKind.Call, _) when Layout.Dns.From != DnsFrom.None => [EntryProgram, ReturnProgram, AnswerProgram],
        (PairKind.Call, _) => [EntryProgram, ReturnProgram],
        (_, null) => [EntryProgram, CompletionProgram],
        _ => [EntryProgram, CompletionProgram, MarkProgram],
    };

    /// <summary>The program on the tracepoint that completes an event.</summary>
    public const string CompletionProgram = "on_completion";

    /// <summary>The one on the tracepoint in between.</summary>
    public const string MarkProgram = "on_mark";

    /// <summary>The one that sees what processes read: answers to what they asked.</summary>
    public const string AnswerProgram = "on_answer";

    private string EntryProgram => Mechanism switch
    {
        Mechanism.Trampoline => "on_fentry",
        Mechanism.Kprobe => "on_kprobe",
        Mechanism.KprobeMulti => "on_kprobe_multi",

        // Among all system calls are some that never return.
        Mechanism.SyscallPair when Layout is { Pairing: PairKind.Call, IsAnyCall: false } => "on_syscall_entry",
        _ => "on_tracepoint",
    };

    private string ReturnProgram => Mechanism switch
    {
        Mechanism.Trampoline => "on_fexit",
        Mechanism.Kprobe => "on_kretprobe",
        Mechanism.KprobeMulti => "on_kretprobe_multi",
        _ => "on_syscall_exit",
    };
}
