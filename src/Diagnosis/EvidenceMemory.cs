using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>
/// What ran before in a diagnosis. A plan in which nothing is new is answered from here: running it again tells nothing, and a model that loops would go on for ever.
/// Beside something new an earlier program runs again, since a comparison may be meant, and an earlier command where a program watches what it provokes;
/// else the command, too, gets its earlier result.
/// </summary>
internal sealed class EvidenceMemory
{
    private readonly Dictionary<string, CommandResult> _commands = [];
    private readonly Dictionary<string, (string Key, ProgramResult Result)> _programs = [];

    /// <summary>The results of a plan in which nothing is new; null when something is.</summary>
    public RoundResults? RecallAll(DiagnosticPlan plan, int round)
    {
        if (!plan.Commands.All(c => _commands.ContainsKey(KeyOf(c))) || !plan.EbpfPrograms.All(p => _programs.ContainsKey(KeyOf(p))))
        {
            return null;
        }

        return new RoundResults
        {
            Round = round,
            CommandResults = [.. plan.Commands.Select(c => _commands[KeyOf(c)] with { Id = c.Id })],
            EbpfResults = plan.EbpfPrograms.Select(p => _programs[KeyOf(p)]).DistinctBy(static p => p.Key).ToDictionary(static p => p.Key, static p => p.Result),
            Notes = ["All of this was asked for before: nothing ran again, and these are the results from then (from_round). Ask for something else, or conclude."],
        };
    }

    /// <summary>Results of the plan's commands that need not run again, by id. To be asked for plans that have something new.</summary>
    public IReadOnlyDictionary<string, CommandResult> Recall(DiagnosticPlan plan) => plan.EbpfPrograms.Any(static p => p.Fault is null)
        ? new Dictionary<string, CommandResult>()
        : plan.Commands.Where(c => _commands.ContainsKey(KeyOf(c))).ToDictionary(static c => c.Id, c => _commands[KeyOf(c)] with { Id = c.Id });

    /// <summary>Says of each request that ran before what happens to it now.</summary>
    public IReadOnlyList<string> Remarks(DiagnosticPlan plan)
    {
        var recalled = Recall(plan);
        return
        [
            .. plan.Commands.Where(c => _commands.ContainsKey(KeyOf(c))).Select(c => recalled.ContainsKey(c.Id)
                ? $"{c.Id}: the same command ran in round {_commands[KeyOf(c)].FromRound}; it was not run again, and this is its result from then."
                : $"{c.Id}: the same command ran in round {_commands[KeyOf(c)].FromRound}; it ran again beside the programs."),
            .. plan.EbpfPrograms.Where(p => _programs.ContainsKey(KeyOf(p))).Select(p =>
                $"{p.Name}: the same program ran in round {_programs[KeyOf(p)].Result.FromRound}; it ran again, so that the two can be compared."),
        ];
    }

    /// <summary>Keeps what a plan brought; each item's latest result counts.</summary>
    public void Keep(DiagnosticPlan plan, RoundResults results)
    {
        foreach (var (request, result) in plan.Commands.Zip(results.CommandResults))
        {
            _commands[KeyOf(request)] = result with { FromRound = result.FromRound ?? results.Round };
        }

        // One result for each program of the plan, in its order.
        foreach (var (request, (key, result)) in plan.EbpfPrograms.Zip(results.EbpfResults))
        {
            _programs[KeyOf(request)] = (key, result with { FromRound = results.Round });
        }
    }

    // Blanks don't make another command. Inside quotes they may, and then it counts as new only where more than blanks differ: harmless, since its result is shown.
    private static string KeyOf(CommandRequest request) => string.Join(' ', request.Command.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    // Name and description are the model's words for the same thing.
    private static string KeyOf(ProgramRequest request) => ProtocolJson.Write(request with { Name = "", Description = null }) + request.Fault?.Message;
}
