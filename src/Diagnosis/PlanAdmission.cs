using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>A plan of which only a part may run.</summary>
/// <param name="Plan">As the model wrote it; programs that don't run carry the reason as their fault.</param>
/// <param name="Answered">Commands that don't run, by id, with the result they get instead.</param>
internal sealed record AdmittedPlan(DiagnosticPlan Plan, IReadOnlyDictionary<string, CommandResult> Answered)
{
    /// <summary>Commands refused; the others of <see cref="Answered"/> have an earlier result.</summary>
    public IReadOnlySet<string> Refused { get; init; } = new HashSet<string>();

    /// <summary>The same plan without these items.</summary>
    /// <param name="refused">Numbers: commands first, from 1, then programs.</param>
    /// <param name="code">Of the programs' error.</param>
    /// <param name="reason">For the model.</param>
    public AdmittedPlan Without(IReadOnlySet<int> refused, string code, string reason)
    {
        var commands = Plan.Commands.Where((_, i) => refused.Contains(i + 1)).ToList();
        return this with
        {
            Plan = Plan with
            {
                EbpfPrograms = [.. Plan.EbpfPrograms.Select((p, i) => p.Fault is null && refused.Contains(Plan.Commands.Count + i + 1)
                    ? p with { Fault = new ProgramError { Code = code, Message = reason } }
                    : p)],
            },
            Answered = Answered.Concat(commands.Select(c => KeyValuePair.Create(c.Id, Refusal(c, reason)))).DistinctBy(static a => a.Key).ToDictionary(),
            Refused = Refused.Concat(commands.Select(static c => c.Id)).ToHashSet(),
        };
    }

    private static CommandResult Refusal(CommandRequest request, string reason) => new() { Id = request.Id, Command = request.Command, DurationMs = 0, Error = reason };
}

/// <summary>Counts what a diagnosis may still run.</summary>
internal sealed class RunBudget(int commands, int programs)
{
    private int _usedCommands;
    private int _usedPrograms;

    /// <summary>Which bound is reached; null while something may run.</summary>
    public string? Exhausted => this switch
    {
        _ when _usedCommands >= commands => $"All {commands} commands of the diagnosis have run.",
        _ when _usedPrograms >= programs => $"All {programs} eBPF programs of the diagnosis have run.",
        _ => null,
    };

    /// <summary>Takes the plan's items from the budget; those beyond it are left out, with the reason.</summary>
    public AdmittedPlan Take(AdmittedPlan admitted)
    {
        var (plan, beyond) = (admitted.Plan, new HashSet<int>());
        for (var i = 0; i < plan.Commands.Count; i++)
        {
            if (!admitted.Answered.ContainsKey(plan.Commands[i].Id) && ++_usedCommands > commands)
            {
                beyond.Add(i + 1);
            }
        }

        for (var i = 0; i < plan.EbpfPrograms.Count; i++)
        {
            if (plan.EbpfPrograms[i].Fault is null && ++_usedPrograms > programs)
            {
                beyond.Add(plan.Commands.Count + i + 1);
            }
        }

        return beyond.Count == 0
            ? admitted
            : admitted.Without(beyond, ErrorCodes.InvalidRequest, $"not run: a diagnosis runs at most {commands} commands and {programs} eBPF programs; conclude with what there is");
    }
}
