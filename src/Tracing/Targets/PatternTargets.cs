using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Targets;

/// <summary>Targets with a <c>*</c>: all that match, as the parts of one probe.</summary>
internal sealed class PatternTargets
{
    private const int MostPrefixes = 6;
    private const int MostNamed = 8;

    private readonly KernelView _kernel;
    private readonly TracepointTargets _tracepoints;

    public PatternTargets(KernelView kernel, TracepointTargets tracepoints)
    {
        _kernel = kernel;
        _tracepoints = tracepoints;
    }

    /// <summary>Every tracepoint that the pattern matches.</summary>
    public ResolvedTarget Tracepoints(Tracefs tracefs, string pattern)
    {
        var names = SyscallTargets.WithoutSecondHalves(_kernel.Catalog.MatchTracepoints(pattern)).ToList();
        if (Refusal(pattern, names, "tracepoints", _kernel.Catalog.SuggestTracepoints) is { } refusal)
        {
            return refusal;
        }

        // A module that is unloaded meanwhile takes its tracepoints with it.
        var parts = names.Select(name => name.Split('/')).Select(name => _tracepoints.TryBuild(tracefs, name[0], name[1])).OfType<ProbePart>().ToList();
        return new ResolvedTarget([Candidate(pattern, parts, "tracepoints")], null);
    }

    /// <summary>Every function that the pattern matches: by one program where the kernel has that, else by a probe for each.</summary>
    public ResolvedTarget Functions(string pattern, bool returns)
    {
        var names = _kernel.Catalog.MatchFunctions(pattern);
        if (Refusal(pattern, names, "functions", _kernel.Catalog.SuggestFunctions) is { } refusal)
        {
            return refusal;
        }

        var layouts = names.ConvertAll(name => _kernel.FindFunction(name) is var (types, signature, _)
            ? FunctionLayout.Build(types, signature, returns, _kernel.AllocationFlags, allWords: true)
            : FunctionLayout.BuildRaw(name, returns));
        return new ResolvedTarget(
            [
                .. new[] { Mechanism.KprobeMulti, Mechanism.Kprobe }
                    .Select(mechanism => Candidate(pattern, [.. names.Zip(layouts, (name, layout) => new ProbePart(mechanism, name, layout))], "functions")),
            ],
            null);
    }

    private static ProbeCandidate Candidate(string pattern, List<ProbePart> parts, string what) => new(parts)
    {
        Pattern = pattern,
        Notes = [$"{pattern} matches {parts.Count} {what}: {string.Join(", ", parts.Take(MostNamed).Select(part => part.Target))}{(parts.Count > MostNamed ? ", …" : "")}"],
    };

    private static ResolvedTarget? Refusal(string pattern, List<string> names, string what, Func<string, int, IReadOnlyList<string>> suggest) => names.Count switch
    {
        0 => ResolvedTarget.Failed(ErrorCodes.UnknownTarget, $"{pattern} matches none of this kernel's {what}", suggest(pattern.Replace("*", "", StringComparison.Ordinal), 5)),
        > ProbeCandidate.MostParts => ResolvedTarget.Failed(
            ErrorCodes.InvalidRequest,
            $"{pattern} matches {names.Count} {what}, and one program takes at most {ProbeCandidate.MostParts}: narrow it; the commonest begin with "
                + string.Join(", ", TargetCatalog.CommonPrefixes(names, MostPrefixes).Select(prefix => $"{prefix.Prefix}* ({prefix.Count})"))),
        _ => null,
    };
}
