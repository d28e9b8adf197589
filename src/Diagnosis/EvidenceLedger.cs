using Sonde.Playbooks;
using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>One piece of evidence under its id.</summary>
/// <param name="Id"><c>C1</c>, <c>P2</c>, <c>F3</c>.</param>
/// <param name="Names">What a resolution may call it besides: a command's id, a result's key, a program's name.</param>
/// <param name="Text">All of it, as text.</param>
/// <param name="Program">The program's result, where it is one.</param>
/// <param name="Command">The command's result, where it is one.</param>
internal sealed record LedgerEntry(string Id, IReadOnlyList<string> Names, EvidenceText Text, ProgramResult? Program = null, CommandResult? Command = null);

/// <summary>Everything that a diagnosis gathered, each piece under a short id that stays its own through all rounds.</summary>
internal sealed class EvidenceLedger(string issue, HostFacts host)
{
    private const int MostFindings = 5;

    private readonly List<LedgerEntry> _entries = [];
    private readonly List<RoundResults> _rounds = [];
    private readonly Dictionary<string, string> _findings = [];
    private int _commands;
    private int _programs;

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<LedgerEntry> Entries => _entries;

    /// <summary>What needs no citation: the host's facts and the issue itself.</summary>
    public EvidenceText Background { get; } = new($"{issue}\n{ProtocolJson.Write(host)}");

    /// <summary>Numbers a round's results, and has the detectors read all rounds so far.</summary>
    public RoundResults Enter(RoundResults results, bool findings)
    {
        var numbered = results with
        {
            CommandResults = [.. results.CommandResults.Select(Number)],
            EbpfResults = results.EbpfResults.ToDictionary(p => p.Key, p => Number(p.Key, p.Value)),
        };
        _rounds.Add(numbered);
        return findings ? numbered with { Findings = Draw() } : numbered;
    }

    /// <summary>What has this id or name; the latest where a name was used again.</summary>
    public LedgerEntry? Find(string idOrName) => _entries.LastOrDefault(e => e.Id == idOrName || e.Names.Contains(idOrName));

    private CommandResult Number(CommandResult command)
    {
        // An earlier result keeps its id.
        if (command is { FromRound: not null, EvidenceId: not null })
        {
            return command;
        }

        var numbered = command with { EvidenceId = $"C{++_commands}" };
        _entries.Add(new LedgerEntry(
            numbered.EvidenceId, [command.Id], new EvidenceText($"{command.Command}\n{command.Stdout}\n{command.Stderr}\nexit code {command.ExitCode}\n{command.Error}"), Command: numbered));
        return numbered;
    }

    private ProgramResult Number(string key, ProgramResult program)
    {
        var numbered = program with { EvidenceId = $"P{++_programs}" };
        var seconds = FormattableString.Invariant($"{(program.EndTime - program.StartTime).TotalSeconds:0.###}");
        _entries.Add(new LedgerEntry(numbered.EvidenceId, [key, program.ProgramName], new EvidenceText($"{ProtocolJson.Write(program)}\n{seconds} s"), Program: numbered));
        return numbered;
    }

    private List<FindingResult>? Draw()
    {
        var assessment = DetectorSet.Assess(new CaseFile(issue, host, _rounds));
        var drawn = assessment.Findings.Where(f => f.Score >= Finding.SuspectScore).Take(MostFindings).Select(Number).ToList();
        return drawn.Count > 0 ? drawn : null;
    }

    // A finding whose figures have not changed keeps its id.
    private FindingResult Number(Finding finding)
    {
        var known = _findings.TryGetValue(finding.Cause, out var id);
        id ??= _findings[finding.Cause] = $"F{_findings.Count + 1}";
        var cites = finding.Evidence.Select(e => e.IndexOf(':') is > 0 and var colon ? Find(e[..colon])?.Id : null).OfType<string>().Distinct().ToList();
        if (!known)
        {
            _entries.Add(new LedgerEntry(id, [], new EvidenceText($"{finding.Cause}\n{string.Join('\n', finding.Evidence)}")));
        }

        return new FindingResult { EvidenceId = id, Cause = finding.Cause, Confidence = finding.Confidence, Figures = finding.Evidence, Cites = cites };
    }
}
