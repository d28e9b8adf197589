using Sonde.Kernel;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Targets;

/// <summary>One tracepoint, asked for or standing in for a function.</summary>
internal sealed class TracepointTargets
{
    private readonly KernelView _kernel;

    public TracepointTargets(KernelView kernel) => _kernel = kernel;

    /// <summary>The part that attaches to a tracepoint; null when this kernel has none of that name.</summary>
    public ProbePart? TryBuild(Tracefs tracefs, string category, string name)
    {
        if (tracefs.ReadFormat(category, name) is not { } format)
        {
            return null;
        }

        var target = $"{category}/{name}";
        return SyscallTargets.TryPair(_kernel, tracefs, category, format)
            ?? new ProbePart(Mechanism.Tracepoint, target, LayoutOf(target, format)) { TracepointId = format.Id };
    }

    /// <summary>The tracepoint that stands in for a function; null where this kernel's doesn't tell what is needed.</summary>
    public ProbeCandidate? TrySubstitute(string asked, Substitute substitute)
    {
        var parts = substitute.Tracepoint.Split('/');
        if (_kernel.Tracefs?.ReadFormat(parts[0], parts[1]) is not { } format)
        {
            return null;
        }

        var conditions = new List<WireCondition>();
        foreach (var (name, value) in substitute.Conditions)
        {
            if (format.Field(name) is not { } field)
            {
                return null;
            }

            conditions.Add(Completion.Where(field, value));
        }

        var layout = LayoutOf(substitute.Tracepoint, format, eventType: asked);
        layout.Conditions = conditions;
        substitute.Enrich?.Invoke(layout, _kernel, format);
        return new(new ProbePart(Mechanism.Tracepoint, substitute.Tracepoint, layout) { TracepointId = format.Id, ToldAs = substitute.ToldAs })
        {
            Notes = [$"{substitute.ToldAs ?? substitute.Tracepoint} stands in for {asked}: {substitute.Reason}"],
        };
    }

    private EventLayout LayoutOf(string tracepoint, TracepointFormat format, string? eventType = null)
    {
        var known = TargetTable.FindTracepoint(tracepoint);
        var layout = TracepointLayout.Build(format, known?.Renames.ToDictionary(rename => rename.Field, rename => rename.Name), eventType);
        known?.Enrich?.Invoke(layout, _kernel, format);
        return layout;
    }
}
