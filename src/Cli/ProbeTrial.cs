using Sonde.Protocol;
using Sonde.Tracing;

namespace Sonde.Cli;

/// <summary>Whether each type of probe works here, found out by attaching one: the kernel's own answer, not its version's.</summary>
internal static class ProbeTrial
{
    // On every kernel with BPF, hit often enough to matter and cheap to attach to.
    private static readonly (ProbeType Type, string Target)[] Trials =
    [
        (ProbeType.Tracepoint, "sched/sched_process_exec"),
        (ProbeType.Kprobe, "vfs_open"),
        (ProbeType.Kretprobe, "vfs_open"),
    ];

    /// <summary>One entry a type, in the contract's order.</summary>
    public static IReadOnlyList<ProbeTypeFacts> Run(ITracer tracer)
    {
        var requests = Trials.Select(static trial => new ProgramRequest
        {
            Name = $"trial_{trial.Type.ToString().ToLowerInvariant()}",
            Type = trial.Type,
            Target = trial.Target,
            Duration = ProgramRequest.MinDuration,
            Aggregate = Aggregation.Counts,
        });
        using var session = tracer.Start([.. requests], sink: null);
        return [.. session.Programs.Select(static program => new ProbeTypeFacts
        {
            Type = program.Request.Type,
            Available = program.Error is null,
            Mechanism = program.Attached?.Split(':')[0],
            Reason = program.Error?.Message,
        })];
    }
}
