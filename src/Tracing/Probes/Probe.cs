using System.Runtime.CompilerServices;
using Sonde.Interop;
using Sonde.Protocol;

namespace Sonde.Tracing.Probes;

/// <summary>What one probe needs besides its target.</summary>
/// <param name="Program">Number in the session; travels in each record.</param>
/// <param name="RingFd">The session's ring.</param>
/// <param name="Send">What travels as single events.</param>
/// <param name="Filter">Whose events count.</param>
internal sealed record ProbeOptions(int Program, int RingFd, SendMode Send, WireFilter Filter);

/// <summary>
/// One attached probe: opened, configured by its plan, loaded and attached in <see cref="TryAttach"/>; its window opened and closed;
/// its maps read by <see cref="ProbeHarvest"/>. Disposing it leaves nothing in the kernel.
/// </summary>
internal sealed class Probe : IDisposable
{
    // Calls of this many threads, or nested, can be in flight at once; what finds no room is counted as lost.
    private const uint MostCallsInFlight = 4096;

    private static readonly Lazy<byte[]> Image = new(ReadImage);

    private readonly BpfObject bpf;
    private readonly List<BpfLink> links = [];
    private ulong startNs;

    private Probe(BpfObject bpf, ProbeCandidate candidate)
    {
        this.bpf = bpf;
        Candidate = candidate;
    }

    public ProbeCandidate Candidate { get; }

    public BpfObject Object => bpf;

    /// <summary>Loads and attaches; null with the reason when the kernel refuses. The window stays shut until <see cref="Open"/>.</summary>
    public static Probe? TryAttach(ProbeCandidate candidate, ProbeOptions options, out ProgramError? error)
    {
        using var log = new LibBpfLog();
        var probe = new Probe(BpfObject.Open(Image.Value, "sonde"u8), candidate);
        error = probe.Load(options, log) ?? probe.Attach();
        if (error is null)
        {
            return probe;
        }

        probe.Dispose();
        return null;
    }

    /// <summary>Begins the window: from here on hits count.</summary>
    public void Open(long monotonicNs)
    {
        startNs = (ulong)monotonicNs;
        bpf.Store(".bss", new WireControl { StartNs = startNs });
        bpf.Store(".bss", new WireControl { StartNs = startNs, Open = 1 });
    }

    /// <summary>Ends the window: programs that start from here on do nothing.</summary>
    public void Close() => bpf.Store(".bss", new WireControl { StartNs = startNs });

    /// <summary>Detaches. Entries go before exits, so that no call is remembered that nothing would complete.</summary>
    public void Detach()
    {
        for (var i = links.Count - 1; i >= 0; i--)
        {
            links[i].Dispose();
        }

        links.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Detach();
        bpf.Dispose();
    }

    /// <summary>Names of the programs in <c>probe.bpf.c</c> that serve it, the entry's first.</summary>
    public IReadOnlyList<string> ProgramNames => (Candidate.Layout.Pairing, Candidate.Layout.CompletedBy?.Mark) switch
    {
        (PairKind.None, _) => [EntryProgram],
        (PairKind.Call, _) => [EntryProgram, ReturnProgram],
        (_, null) => [EntryProgram, CompletionProgram],
        _ => [EntryProgram, CompletionProgram, MarkProgram],
    };

    private const string CompletionProgram = "on_completion";
    private const string MarkProgram = "on_mark";

    private string EntryProgram => Candidate.Mechanism switch
    {
        Mechanism.Trampoline => "on_fentry",
        Mechanism.Kprobe => "on_kprobe",
        _ => "on_tracepoint",
    };

    private string ReturnProgram => Candidate.Mechanism switch
    {
        Mechanism.Trampoline => "on_fexit",
        Mechanism.Kprobe => "on_kretprobe",
        _ => "on_syscall_exit",
    };

    private static byte[] ReadImage()
    {
        using var stream = typeof(Probe).Assembly.GetManifestResourceStream("probe.bpf.o")
            ?? throw new InvalidOperationException("the binary holds no probe.bpf.o: the build is broken");
        var image = new byte[stream.Length];
        stream.ReadExactly(image);
        return image;
    }

    private ProgramError? Load(ProbeOptions options, LibBpfLog log)
    {
        bpf.SetAutoload([.. ProgramNames]);
        foreach (var program in ProgramNames)
        {
            if (IsTrampoline(program) && bpf.SetAttachTarget(program, Candidate.Target) is < 0 and var refused)
            {
                return ProbeErrors.OnLoad(Candidate, -refused, log);
            }
        }

        WritePlan(options);
        bpf.Share("ring", options.RingFd);
        var valueSize = Candidate.Layout.Paired ? (uint)Candidate.Layout.RecordSize : (uint)Unsafe.SizeOf<WireRecord>();
        bpf.Size("calls", Candidate.Layout.Paired ? MostCallsInFlight : 1, valueSize);
        bpf.Size("blank", 1, valueSize);

        var result = bpf.Load();
        return result == 0 ? null : ProbeErrors.OnLoad(Candidate, -result, log);
    }

    private void WritePlan(ProbeOptions options)
    {
        var layout = Candidate.Layout;
        ref var plan = ref bpf.Data<WirePlan>(".rodata");
        plan = new WirePlan
        {
            Program = (uint)options.Program,
            RecordSize = (uint)layout.RecordSize,
            BaseSize = (uint)layout.BaseSize,
            ArgumentMask = layout.ArgumentMask,
            ReturnIndex = (uint)layout.ReturnIndex,
            FetchCount = (uint)layout.Fetches.Count,
            Send = options.Send,
            ReturnBits = (uint)layout.ReturnBits,
            Filter = options.Filter,
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
    }

    private static bool IsTrampoline(string program) => program is "on_fentry" or "on_fexit";

    // Ends first: an entry without its end would look as if it were in flight.
    private ProgramError? Attach() => ProgramNames.Reverse().Select(AttachOne).FirstOrDefault(error => error is not null);

    private ProgramError? AttachOne(string program)
    {
        int errno;
        var link = program switch
        {
            "on_fentry" or "on_fexit" => BpfLink.Trampoline(bpf, program, out errno),
            "on_kprobe" or "on_kretprobe" => BpfLink.Kprobe(bpf, program, Candidate.Target, program == "on_kretprobe", out errno),
            "on_syscall_exit" => BpfLink.Tracepoint(bpf, program, Candidate.ExitId, out errno),
            CompletionProgram => BpfLink.Tracepoint(bpf, program, Candidate.Layout.CompletedBy!.Format.Id, out errno),
            MarkProgram => BpfLink.Tracepoint(bpf, program, Candidate.Layout.CompletedBy!.Mark!.Value.Format.Id, out errno),
            _ => BpfLink.Tracepoint(bpf, program, Candidate.TracepointId, out errno),
        };
        if (link is null)
        {
            return ProbeErrors.OnAttach(Candidate, errno);
        }

        links.Add(link);
        return null;
    }
}
