using Sonde.Kernel;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Targets;

/// <summary>One kernel function: under which name this kernel has it, and the ways to attach to it, best first.</summary>
internal sealed class FunctionTargets
{
    private readonly KernelView _kernel;

    public FunctionTargets(KernelView kernel) => _kernel = kernel;

    /// <summary>By its own name, by the names it had or has in other versions, or as a variant that the compiler made; null when it is none of them.</summary>
    public (string Function, string? Note)? Find(string target, KnownFunction? known)
    {
        // The types are at hand; the symbols take as long to read as everything else together.
        string[] names = [target, .. known?.Names ?? []];
        if ((Array.Find(names, name => _kernel.Btf?.FindFunction(name) is not null) ?? Array.Find(names, Kallsyms.Current.HasFunction)) is { } found)
        {
            return (found, found == target ? null : $"{target} is named {found} on this kernel");
        }

        return Kallsyms.Current.Variants(target) is [var variant, ..] ? (variant, VariantNote(variant, target)) : null;
    }

    /// <summary>The ways to attach. Each is worked out when it is asked for: the later ones cost more to find.</summary>
    public IEnumerable<ProbeCandidate> Candidates(string function, KnownFunction? known, bool returns, string? note)
    {
        string[] notes = note is null ? [] : [note];
        if (_kernel.FindFunction(function) is not var (types, signature, typesFd))
        {
            string[] untyped = [.. notes, $"{function} has no type information: arguments are raw words"];
            yield return new(new ProbePart(Mechanism.Kprobe, function, FunctionLayout.BuildRaw(function, returns))) { Notes = untyped };
            yield break;
        }

        var layout = LayoutOf(types, signature, known, returns, allWords: false);
        foreach (var mechanism in Order(layout))
        {
            if (mechanism == Mechanism.KprobeMulti)
            {
                yield return new(new ProbePart(mechanism, function, LayoutOf(types, signature, known, returns, allWords: true))) { Notes = notes };
            }
            else if (mechanism == Mechanism.Kprobe || FunctionLayout.FitsTrampoline(layout))
            {
                yield return new(new ProbePart(mechanism, function, layout) { FunctionId = signature.TypeId, TypesFd = typesFd }) { Notes = notes };
            }
        }

        // The types may name a function of which the compiler left only a variant.
        if (KernelFeatures.HasKprobes && !Kallsyms.Current.HasFunction(function) && Kallsyms.Current.Variants(function) is [var variant, ..])
        {
            yield return new(new ProbePart(Mechanism.Kprobe, variant, layout)) { Notes = [.. notes, VariantNote(variant, function)] };
        }
    }

    private EventLayout LayoutOf(Btf types, BtfFunction signature, KnownFunction? known, bool returns, bool allWords)
    {
        var layout = FunctionLayout.Build(types, signature, returns || known?.NeedsReturn == true, _kernel.AllocationFlags, allWords);
        known?.Enrich?.Invoke(layout, _kernel, null);
        return layout;
    }

    // A trampoline is the cheapest. Where the kernel preempts it in the middle, what other threads hit meanwhile on that processor is missed:
    // there the ways that aren't preempted come first, and for returns the one that isn't short of room for calls in flight.
    private static Mechanism[] Order(EventLayout layout) => !Preemption.StopsPrograms ? [Mechanism.Trampoline, Mechanism.Kprobe]
        : layout.Pairing == PairKind.Call ? [Mechanism.KprobeMulti, Mechanism.Kprobe, Mechanism.Trampoline]
        : [Mechanism.Kprobe, Mechanism.Trampoline];

    private static string VariantNote(string variant, string function) => $"the compiler made {variant} of {function}: its arguments may differ from the source's";
}
