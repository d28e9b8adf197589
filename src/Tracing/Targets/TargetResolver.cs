using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Targets;

/// <summary>What a request means on this kernel: ways to answer it, best first, or why there is none.</summary>
/// <param name="Candidates">To be tried in order.</param>
/// <param name="Error">Why there is no candidate.</param>
internal sealed record ResolvedTarget(IReadOnlyList<ProbeCandidate> Candidates, ProgramError? Error)
{
    public static ResolvedTarget Failed(string code, string message, IReadOnlyList<string>? suggestions = null) =>
        new([], new ProgramError { Code = code, Message = message, Suggestions = suggestions ?? [] });
}

/// <summary>From a request's type and target to candidates.</summary>
internal sealed class TargetResolver
{
    private const int MostSuggestions = 5;

    private readonly KernelView kernel;

    public TargetResolver(KernelView kernel) => this.kernel = kernel;

    public ResolvedTarget Resolve(ProgramRequest request) => request.Type == ProbeType.Tracepoint
        ? ResolveTracepoint(request.Target)
        : ResolveFunction(request.Target, returns: request.Type == ProbeType.Kretprobe);

    private ResolvedTarget ResolveTracepoint(string target)
    {
        if (kernel.Tracefs is not { } tracefs)
        {
            return ResolvedTarget.Failed(ErrorCodes.UnsupportedByKernel, kernel.TracefsReason!);
        }

        if (Locate(tracefs, target) is not var (category, name) || tracefs.ReadFormat(category, name) is not { } format)
        {
            return target.Contains('*')
                ? ResolvedTarget.Failed(ErrorCodes.InvalidRequest, $"{target}: of the wildcards, syscalls/sys_enter_* and syscalls/sys_exit_* are served: name one tracepoint")
                : ResolvedTarget.Failed(ErrorCodes.UnknownTarget, $"this kernel has no tracepoint {target}", NearestNames.Of(target, tracefs.AllEvents(), MostSuggestions));
        }

        var candidate = SyscallTargets.TryPair(tracefs, category, format)
            ?? new ProbeCandidate(Mechanism.Tracepoint, $"{category}/{name}", TracepointLayoutOf($"{category}/{name}", format)) { TracepointId = format.Id };
        return new ResolvedTarget([candidate], null);
    }

    // A name without its category is searched for, system calls first.
    private static (string Category, string Name)? Locate(Tracefs tracefs, string target)
    {
        if (SyscallTargets.Wildcard(target) is { } all)
        {
            return all;
        }

        var slash = target.IndexOf('/');
        if (slash > 0)
        {
            return (target[..slash], target[(slash + 1)..]);
        }

        return tracefs.Categories().Where(category => tracefs.Exists(category, target))
            .OrderByDescending(category => category == "syscalls")
            .Select(category => ((string, string)?)(category, target))
            .FirstOrDefault();
    }

    private ResolvedTarget ResolveFunction(string target, bool returns)
    {
        if (kernel.Btf is null && Kallsyms.Current.Count == 0)
        {
            return ResolvedTarget.Failed(
                ErrorCodes.UnsupportedByKernel,
                $"no function can be looked up: {kernel.BtfReason}, and /proc/kallsyms can't be read: mount /sys and /proc, as they are on any host");
        }

        var known = TargetTable.Find(target);
        var candidates = new List<ProbeCandidate>();
        if (Exists(target, known) is var (function, note))
        {
            AddFunction(candidates, function, known, returns, note);
        }

        if (known?.Substitute is { } substitute && !returns)
        {
            AddSubstitute(candidates, target, substitute, first: known.PrefersSubstitute);
        }

        return candidates.Count > 0
            ? new ResolvedTarget(candidates, null)
            : ResolvedTarget.Failed(ErrorCodes.UnknownTarget, $"this kernel has no function {target}", NearestNames.Of(target, kernel.Functions, MostSuggestions));
    }

    // By its own name, by the names it had or has in other versions, or as a variant that the compiler made.
    private (string Function, string? Note)? Exists(string target, KnownFunction? known)
    {
        foreach (var name in (IEnumerable<string>)[target, .. known?.Names ?? []])
        {
            if (kernel.Btf?.FindFunction(name) is not null || Kallsyms.Current.HasFunction(name))
            {
                return (name, name == target ? null : $"{target} is named {name} on this kernel");
            }
        }

        return Kallsyms.Current.Variants(target) is [var variant, ..]
            ? (variant, $"the compiler made {variant} of {target}: its arguments may differ from the source's")
            : null;
    }

    private void AddFunction(List<ProbeCandidate> candidates, string function, KnownFunction? known, bool returns, string? note)
    {
        string[] notes = note is null ? [] : [note];
        if (kernel.Btf is { } btf && btf.FindFunction(function) is { } signature)
        {
            var layout = FunctionLayout.Build(btf, signature, returns || known?.NeedsReturn == true, kernel.AllocationFlags);
            known?.Enrich?.Invoke(layout, kernel, null);
            if (FunctionLayout.FitsTrampoline(layout))
            {
                candidates.Add(new ProbeCandidate(Mechanism.Trampoline, function, layout) { Notes = notes });
            }

            candidates.Add(new ProbeCandidate(Mechanism.Kprobe, function, layout) { Notes = notes });
        }
        else
        {
            string[] untyped = [.. notes, $"{function} has no type information: arguments are raw words"];
            candidates.Add(new ProbeCandidate(Mechanism.Kprobe, function, FunctionLayout.BuildRaw(function, returns)) { Notes = untyped });
        }
    }

    private void AddSubstitute(List<ProbeCandidate> candidates, string asked, Substitute substitute, bool first)
    {
        var parts = substitute.Tracepoint.Split('/');
        if (kernel.Tracefs?.ReadFormat(parts[0], parts[1]) is not { } format)
        {
            return;
        }

        var conditions = new List<WireCondition>();
        foreach (var (name, value) in substitute.Conditions)
        {
            if (format.Field(name) is not { } field)
            {
                return;
            }

            conditions.Add(Completion.Where(field, value));
        }

        var layout = TracepointLayoutOf(substitute.Tracepoint, format, eventType: asked);
        layout.Conditions = conditions;
        substitute.Enrich?.Invoke(layout, kernel, format);
        candidates.Insert(first ? 0 : candidates.Count, new ProbeCandidate(Mechanism.Tracepoint, substitute.Tracepoint, layout)
        {
            TracepointId = format.Id,
            ToldAs = substitute.ToldAs,
            Notes = [$"{substitute.ToldAs ?? substitute.Tracepoint} stands in for {asked}: {substitute.Reason}"],
        });
    }

    private EventLayout TracepointLayoutOf(string tracepoint, TracepointFormat format, string? eventType = null)
    {
        var known = TargetTable.FindTracepoint(tracepoint);
        var layout = TracepointLayout.Build(format, known?.Renames.ToDictionary(rename => rename.Field, rename => rename.Name), eventType);
        known?.Enrich?.Invoke(layout, kernel, format);
        return layout;
    }
}
