using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Targets;

/// <summary>What a request means on this kernel: ways to answer it, best first, or why there is none.</summary>
/// <param name="Candidates">To be tried in order.</param>
/// <param name="Error">Why there is no candidate.</param>
internal sealed record ResolvedTarget(IEnumerable<ProbeCandidate> Candidates, ProgramError? Error)
{
    public static ResolvedTarget Failed(string code, string message, IReadOnlyList<string>? suggestions = null) =>
        new([], new ProgramError { Code = code, Message = message, Suggestions = suggestions ?? [] });
}

/// <summary>From a request's type and target to candidates.</summary>
internal sealed class TargetResolver
{
    private readonly KernelView _kernel;
    private readonly TracepointTargets _tracepoints;
    private readonly FunctionTargets _functions;
    private readonly PatternTargets _patterns;

    public TargetResolver(KernelView kernel)
    {
        _kernel = kernel;
        _tracepoints = new TracepointTargets(kernel);
        _functions = new FunctionTargets(kernel);
        _patterns = new PatternTargets(kernel, _tracepoints);
    }

    public ResolvedTarget Resolve(ProgramRequest request) => request.Type == ProbeType.Tracepoint
        ? ResolveTracepoint(request.Target)
        : ResolveFunction(request.Target, returns: request.Type == ProbeType.Kretprobe);

    private ResolvedTarget ResolveTracepoint(string target)
    {
        if (_kernel.Tracefs is not { } tracefs)
        {
            return ResolvedTarget.Failed(ErrorCodes.UnsupportedByKernel, _kernel.TracefsReason!);
        }

        var all = SyscallTargets.Wildcard(target);
        if (all is null && target.Contains('*'))
        {
            return _patterns.Tracepoints(tracefs, target);
        }

        if (all is null && Locate(tracefs, target) is var (group, call) && TryFamily(tracefs, group, call) is { } family)
        {
            return new ResolvedTarget([family], null);
        }

        return (all ?? Locate(tracefs, target)) is var (category, name) && _tracepoints.TryBuild(tracefs, category, name) is { } part
            ? new ResolvedTarget([new ProbeCandidate(part) { Notes = all is null ? [] : ["every system call, through one attachment"] }], null)
            : ResolvedTarget.Failed(ErrorCodes.UnknownTarget, $"this kernel has no tracepoint {target}", _kernel.Catalog.SuggestTracepoints(target));
    }

    // Either half of a call that others are counted in with.
    private ProbeCandidate? TryFamily(Tracefs tracefs, string category, string name)
    {
        var entry = name.Replace("sys_exit_", "sys_enter_", StringComparison.Ordinal);
        return TargetTable.FindTracepoint($"{category}/{entry}")?.Family is { } calls && SyscallTargets.Family(_kernel, tracefs, calls, name).ToList() is { Count: > 0 } parts
            ? new ProbeCandidate(parts)
            : null;
    }

    // A name without its category is searched for, system calls first.
    private static (string Category, string Name)? Locate(Tracefs tracefs, string target)
    {
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
        if (_kernel.Btf is null && Kallsyms.Current.Count == 0)
        {
            return ResolvedTarget.Failed(
                ErrorCodes.UnsupportedByKernel,
                $"no function can be looked up: {_kernel.BtfReason}, and /proc/kallsyms can't be read: mount /sys and /proc, as they are on any host");
        }

        if (target.Contains('*'))
        {
            return _patterns.Functions(target, returns);
        }

        var known = TargetTable.Find(target);
        var substitute = known?.Substitute is { } told && !returns ? _tracepoints.TrySubstitute(target, told) : null;
        List<ProbeCandidate> substitutes = substitute is null ? [] : [substitute];
        if (known?.Calls is { } calls && _kernel.Tracefs is { } tracefs && SyscallTargets.Family(_kernel, tracefs, calls, target).ToList() is { Count: > 0 } parts)
        {
            substitutes.Add(new ProbeCandidate(parts) { Notes = [$"system calls stand in for {target}: {calls.Reason}"] });
        }

        if (_functions.Find(target, known) is var (function, note))
        {
            var candidates = _functions.Candidates(function, known, returns, note);
            if (known?.Also is { } other && _functions.Find(other, null) is var (second, _))
            {
                candidates = candidates.Select(one => Joined(one, _functions.Candidates(second, known, returns, null)));
            }

            return new ResolvedTarget(known?.PrefersSubstitute == true ? substitutes.Concat(candidates) : candidates.Concat(substitutes), null);
        }

        return substitutes.Count > 0
            ? new ResolvedTarget(substitutes, null)
            : ResolvedTarget.Failed(ErrorCodes.UnknownTarget, $"this kernel has no function {target}", _kernel.Catalog.SuggestFunctions(target));
    }

    // Both by the same mechanism, or the first alone.
    private static ProbeCandidate Joined(ProbeCandidate one, IEnumerable<ProbeCandidate> others) =>
        others.FirstOrDefault(other => other.Mechanism == one.Mechanism) is { } same ? one with { Parts = [.. one.Parts, .. same.Parts] } : one;
}
