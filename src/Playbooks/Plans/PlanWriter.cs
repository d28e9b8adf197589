using Sonde.Protocol;

namespace Sonde.Playbooks.Plans;

/// <summary>Makes rounds out of the catalogues.</summary>
internal static class PlanWriter
{
    // Long enough for an application that tries again every few seconds, short enough for a diagnosis within a minute.
    private const double FirstWindow = 12;
    private const double LongerWindow = 20;

    // A process is worth a look of its own from here on, and this many of its failures show what it fails on.
    private const int FewestFailures = 3;
    private const int MostOfOne = 40;
    private const int MostSuspects = 4;

    // An issue that lists twenty paths gets the first ones examined.
    private const int MostRepeats = 3;

    private const IssueKind Every = IssueKind.Network | IssueKind.Process | IssueKind.Files | IssueKind.Performance | IssueKind.Memory;

    /// <summary>The broad first round. An issue of no known kind gets everything.</summary>
    public static DiagnosticPlan First(CaseFile file) => new()
    {
        Reasoning = file.Kinds == IssueKind.Unknown
            ? "The words of the issue name no kind of fault: a broad look at network, processes, files, processors and memory."
            : $"The words of the issue point to: {Name(file.Kinds)}. A first look at what fails there, and at failed opens and connects, exits and memory kills in any case.",
        Commands = [.. CommandCatalogue.Steps.Where(s => Wanted(s.Kinds, file.Kinds)).SelectMany(s => Expand(s, file.Facts))],
        EbpfPrograms = [.. ProbeCatalogue.Steps.Where(s => Wanted(s.Kinds, file.Kinds)).Take(ProgramRequest.MostPerRound).Select(s => Request(s, FirstWindow))],
    };

    /// <summary>The same probes for longer, when the first window did not explain the issue: some applications try again only now and then.</summary>
    public static DiagnosticPlan LongerLook(CaseFile file) => new()
    {
        Reasoning = $"Nothing in the first {FirstWindow:0} s surely explains the issue; a longer look at what fails, in case it happens only now and then.",
        EbpfPrograms =
        [
            .. SuspectPrograms(file)
                .Concat(ProbeCatalogue.Steps.Where(s => Wanted(s.Kinds, file.Kinds) && s.Aggregate != Aggregation.Counts).Select(s => Request(s, LongerWindow)))
                .Take(ProgramRequest.MostPerRound),
        ],
    };

    /// <summary>A narrower round that proves or refutes what the first one suggests.</summary>
    public static DiagnosticPlan Proof(IReadOnlyList<Finding> findings)
    {
        var proofs = findings.Select(f => f.Proof).OfType<FollowUp>().ToList();
        return new DiagnosticPlan
        {
            Reasoning = "To be proved or refuted: " + string.Join(" Also: ", findings.Where(f => f.Proof is not null).Select(f => f.Cause)),
            Commands = [.. proofs.SelectMany(p => p.Commands).DistinctBy(c => c.Command).DistinctBy(c => c.Id)],
            EbpfPrograms = [.. proofs.SelectMany(p => p.Programs).DistinctBy(p => p.Name).Take(ProgramRequest.MostPerRound)],
        };
    }

    /// <summary>The kinds in words.</summary>
    public static string Name(IssueKind kinds)
    {
        var names = new List<string>();
        foreach (var (kind, name) in new[]
        {
            (IssueKind.Network, "network"), (IssueKind.Process, "processes"), (IssueKind.Files, "files and disks"),
            (IssueKind.Performance, "performance"), (IssueKind.Memory, "memory"),
        })
        {
            if (kinds.HasFlag(kind))
            {
                names.Add(name);
            }
        }

        return string.Join(", ", names);
    }

    /// <summary>Whether a process that the issue names was seen to fail: its failures deserve a look of their own.</summary>
    public static bool NamesSuspect(CaseFile file) =>
        ErrorSteps.Any(step => Suspects(file, step).Any(s => file.PointsAt(s.Name, s.Pids) > 0));

    /// <summary>
    /// The processes that failed most, each by itself: on a busy host the sample of all failures shows little of any one. Those that the issue names come first,
    /// then those that were there before the round: a service rather than a passing tool.
    /// </summary>
    private static IEnumerable<ProgramRequest> SuspectPrograms(CaseFile file)
    {
        foreach (var step in ErrorSteps)
        {
            foreach (var (index, suspect) in Suspects(file, step).Index())
            {
                yield return Request(step, LongerWindow) with
                {
                    Name = $"{step.Name}_{index + 1}",
                    Filters = suspect.Pids.Count == 1
                        ? new ProgramFilters { Pid = suspect.Pids[0], ErrorsOnly = true }
                        : new ProgramFilters { Comm = suspect.Name, ErrorsOnly = true },
                    MaxEvents = MostOfOne,
                };
            }
        }
    }

    private static IEnumerable<ProbeStep> ErrorSteps => ProbeCatalogue.Steps.Where(s => s.ErrorsOnly && !s.Target.Contains('*'));

    private static IEnumerable<(string Name, List<int> Pids, long Count)> Suspects(CaseFile file, ProbeStep step) => file.Programs
        .Where(p => p.Result.ProgramName == step.Name)
        .SelectMany(p => p.Busiest)
        .GroupBy(p => p.ProcessName)
        .Select(g => (Name: g.Key, Pids: g.Select(p => p.ProcessId).Distinct().ToList(), Count: g.Sum(p => p.Count)))
        .Where(s => s.Count >= FewestFailures)
        .OrderByDescending(s => file.PointsAt(s.Name, s.Pids))
        .ThenByDescending(s => s.Pids.Any(p => file.CommandLine(p) is not null))
        .ThenByDescending(s => s.Count)
        .Take(MostSuspects);

    private static bool Wanted(IssueKind step, IssueKind issue) =>
        step == IssueKind.Unknown || (step & (issue == IssueKind.Unknown ? Every : issue)) != IssueKind.Unknown;

    private static ProgramRequest Request(ProbeStep step, double duration) => new()
    {
        Name = step.Name,
        Type = step.Type,
        Target = step.Target,
        Duration = duration,
        Filters = new ProgramFilters { ErrorsOnly = step.ErrorsOnly, MinLatencyUs = step.LeastLatencyUs },
        Description = step.Description,
        MaxEvents = step.MaxEvents,
        Aggregate = step.Aggregate,
    };

    private static IEnumerable<CommandRequest> Expand(CommandStep step, IssueFacts facts)
    {
        var fillings = step.Each switch
        {
            Each.Port => facts.Ports.Select(p => Filling(("{port}", $"{p}"), ("{port_hex}", $"{p:X4}"))),
            Each.Path => facts.Paths.Select(p => Filling(("{path}", Shell.Quote(p)))),
            Each.Host => facts.Hosts.Select(h => Filling(("{host}", Shell.Quote(h)))),
            Each.Pid => facts.Pids.Select(p => Filling(("{pid}", $"{p}"))),
            _ => [text => text],
        };

        return fillings.Take(MostRepeats).Select((fill, index) => new CommandRequest
        {
            Id = step.Each == Each.Once ? step.Id : $"{step.Id}_{index + 1}",
            Command = fill(step.Command),
            Description = fill(step.Description),
        });
    }

    private static Func<string, string> Filling(params (string Placeholder, string Value)[] values) =>
        text => values.Aggregate(text, (t, v) => t.Replace(v.Placeholder, v.Value, StringComparison.Ordinal));
}

/// <summary>Text as one word of a shell command.</summary>
internal static class Shell
{
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''")}'";
}
