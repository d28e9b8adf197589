using Sonde.Interop;
using Sonde.Protocol;

namespace Sonde.Tracing.Probes;

/// <summary>One BPF object in the kernel and its attachments: a part of a probe, or several that one program serves. Disposing it leaves nothing of it there.</summary>
internal sealed class ProbeUnit : IDisposable
{
    private readonly List<(BpfLink Link, bool IsExit)> _links = [];
    private readonly IReadOnlyList<(int Number, ProbePart Part)> _parts;

    private ProbeUnit(IReadOnlyList<(int Number, ProbePart Part)> parts, BpfObject bpf)
    {
        _parts = parts;
        Bpf = bpf;
    }

    public BpfObject Bpf { get; }

    /// <summary>Hits of the entry that the kernel skipped before it came to the program. Known once detached.</summary>
    public long SkippedEntries { get; private set; }

    /// <summary>Returns that it skipped: the calls stay without their outcome. Known once detached.</summary>
    public long SkippedReturns { get; private set; }

    /// <summary>Names of the programs that are loaded, the entry's first.</summary>
    public IReadOnlyList<string> Programs => First.ProgramNames;

    /// <summary>What the kernel timed of its programs so far, while <see cref="BpfStatistics"/> were on.</summary>
    public ulong RunTimeNs => Programs.Aggregate(0ul, (sum, name) => sum + (BpfStatistics.Of(Bpf.Program(name))?.RunTimeNs ?? 0));

    private ProbePart First => _parts[0].Part;

    /// <summary>Loads; null with the reason when the kernel refuses.</summary>
    /// <param name="image">What it is made of.</param>
    /// <param name="parts">What the program serves, each with its number in the candidate.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="configure">Sizes or shares the tables before they are created.</param>
    /// <param name="error">The kernel's reason.</param>
    public static ProbeUnit? TryLoad(ProbeImage image, IReadOnlyList<(int Number, ProbePart Part)> parts, in WirePlan plan, Action<BpfObject> configure, out ProgramError? error)
    {
        using var log = new LibBpfLog();
        var unit = new ProbeUnit(parts, image.Open(parts[0].Part.Mechanism));
        error = unit.Load(plan, configure, log);
        if (error is null)
        {
            return unit;
        }

        unit.Dispose();
        return null;
    }

    /// <summary>Attaches; the reason when the kernel refuses. Ends first: an entry without its end would look as if it were in flight.</summary>
    public ProgramError? Attach() => Programs.Reverse().Select(AttachOne).FirstOrDefault(error => error is not null);

    /// <summary>Detaches. Entries go before exits, so that no call is remembered that nothing would complete.</summary>
    public void Detach()
    {
        for (var i = _links.Count - 1; i >= 0; i--)
        {
            var (link, isExit) = _links[i];
            SkippedEntries += isExit ? 0 : link.Missed();
            SkippedReturns += isExit ? link.Missed() : 0;
            link.Dispose();
        }

        _links.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Detach();
        Bpf.Dispose();
    }

    private ProgramError? Load(in WirePlan plan, Action<BpfObject> configure, LibBpfLog log)
    {
        Bpf.SetAutoload([.. Programs]);
        if (First.Mechanism == Mechanism.Trampoline)
        {
            TrampolineTarget.Set(First.FunctionId, First.TypesFd);
        }

        Bpf.Data<WirePlan>(".rodata") = plan;
        configure(Bpf);
        var result = Bpf.Load();
        return result == 0 ? null : ProbeErrors.OnLoad(First, -result, log);
    }

    private ProgramError? AttachOne(string program)
    {
        int errno;
        var link = program switch
        {
            "on_fentry" or "on_fexit" => BpfLink.Trampoline(Bpf, program, out errno),
            "on_kprobe" or "on_kretprobe" => BpfLink.Kprobe(Bpf, program, First.Target, program == "on_kretprobe", out errno),
            "on_kprobe_multi" or "on_kretprobe_multi" => BpfLink.KprobeMulti(
                Bpf, program, [.. _parts.Select(part => (part.Part.Target, (ulong)part.Number))], program == "on_kretprobe_multi", out errno),
            "on_syscall_exit" => BpfLink.Tracepoint(Bpf, program, First.ExitId, out errno),
            ProbePart.CompletionProgram => BpfLink.Tracepoint(Bpf, program, First.Layout.CompletedBy!.Format.Id, out errno),
            ProbePart.MarkProgram => BpfLink.Tracepoint(Bpf, program, First.Layout.CompletedBy!.Mark!.Value.Format.Id, out errno),
            ProbePart.AnswerProgram => BpfLink.RawTracepoint(Bpf, program, "sys_exit", out errno),
            _ => BpfLink.Tracepoint(Bpf, program, First.TracepointId, out errno),
        };
        if (link is null)
        {
            return ProbeErrors.OnAttach(First, errno);
        }

        _links.Add((link, IsExit: program != Programs[0]));
        if (program == "on_syscall_exit" && First.OtherExitId != 0)
        {
            if (BpfLink.Tracepoint(Bpf, program, First.OtherExitId, out errno) is not { } other)
            {
                return ProbeErrors.OnAttach(First, errno);
            }

            _links.Add((other, IsExit: true));
        }

        return null;
    }
}
