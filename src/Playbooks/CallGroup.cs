using Sonde.Protocol;

namespace Sonde.Playbooks;

/// <summary>Events of one program that share a subject (a path, a destination), an outcome and a process name.</summary>
internal sealed record CallGroup
{
    public required ProgramReading Program { get; init; }

    public required string Field { get; init; }

    public required string Subject { get; init; }

    /// <summary>The errno name, or another word for how it ended.</summary>
    public required string Outcome { get; init; }

    public required string ProcessName { get; init; }

    /// <summary>In time order.</summary>
    public required IReadOnlyList<TraceEvent> Events { get; init; }

    /// <summary>A connect that did not wait, and whose refusal other programs saw.</summary>
    public bool RefusedLater { get; init; }

    public IReadOnlyList<int> Pids => [.. Events.Select(e => e.ProcessId).Distinct()];

    public IReadOnlyList<uint> Uids => [.. Events.Select(e => e.UserId).Distinct()];

    public TimeSpan Span => Events[^1].Time() - Events[0].Time();

    /// <summary>How many calls, as far as the figures tell: the sample's share unless the sample is whole or every match has this subject.</summary>
    public long Count => Math.Max(Events.Count, ExactCount ?? 0);

    public string CountText => Program.IsWhole || ExactCount is not null ? $"{Count}" : $"at least {Events.Count}";

    // The kernel counts each subject with its errors, by process where it keeps those apart; else it is this group's where the sample shows the subject in no other's hands.
    private long? ExactCount
    {
        get
        {
            var statistics = Program.Result.Statistics;
            var keys = statistics?.ByKeyAndProcess?.Where(k => k.ProcessName == ProcessName)
                ?? (Program.Events.All(e => e.Text(Field) != Subject || e.ProcessName == ProcessName) ? statistics?.ByKey : null) ?? [];
            return keys.Where(k => k.Key == $"{Field}={Subject}").Sum(k => k.Errors?.GetValueOrDefault(Outcome) ?? 0) is > 0 and var exact ? exact : null;
        }
    }

    /// <summary>Groups the events whose outcome is wanted; the largest group first.</summary>
    public static IReadOnlyList<CallGroup> Of(ProgramReading program, string field, Func<string, bool> wanted) =>
    [
        .. program.Events
            .Where(e => e.Text(field) is { Length: > 0 } && OutcomeOf(e) is { } outcome && wanted(outcome))
            .GroupBy(e => (Subject: e.Text(field)!, Outcome: OutcomeOf(e)!, e.ProcessName))
            .Select(g => new CallGroup
            {
                Program = program,
                Field = field,
                Subject = g.Key.Subject,
                Outcome = g.Key.Outcome,
                ProcessName = g.Key.ProcessName,
                Events = [.. g],
            })
            .OrderByDescending(g => g.Events.Count),
    ];

    private static string? OutcomeOf(TraceEvent e) => e.Text("error") ?? e.Text("outcome") ?? (e.Flag("in_progress") ? "pending" : null);
}
