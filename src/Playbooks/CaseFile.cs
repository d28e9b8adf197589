using System.Globalization;
using System.Text.RegularExpressions;
using Sonde.Dialogue;
using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks;

/// <summary>Everything known of one issue: its words, the host, and what every round brought back.</summary>
internal sealed partial class CaseFile
{
    private readonly Lazy<IReadOnlyDictionary<int, string>> _commandLines;
    private readonly Lazy<NetworkSpaces?> _spaces;
    private readonly Lazy<Counters?> _vitals;

    public CaseFile(string issue, HostFacts host, IReadOnlyList<RoundResults> rounds)
    {
        Issue = issue;
        Host = host;
        Rounds = rounds;
        Facts = IssueFacts.Read(issue);
        Kinds = IssueClassifier.Classify(issue, Facts);
        Programs = [.. rounds.SelectMany(r => r.EbpfResults.Select(p => new ProgramReading(p.Key, p.Value, OwnTools.Of(r))))];
        _commandLines = new(ReadCommandLines);
        _spaces = new(() => NetworkSpaces.Read(Command("network_spaces")));
        _vitals = new(() => Counters.Read(Command("vitals")));
    }

    public string Issue { get; }

    public IssueFacts Facts { get; }

    public IssueKind Kinds { get; }

    public HostFacts Host { get; }

    public IReadOnlyList<RoundResults> Rounds { get; }

    /// <summary>Of all rounds, in order; failed ones included.</summary>
    public IReadOnlyList<ProgramReading> Programs { get; }

    /// <summary>What changed in every network namespace; null where nobody looked.</summary>
    public NetworkSpaces? Spaces => _spaces.Value;

    /// <summary>The kernel's counters over some seconds; null where nobody looked.</summary>
    public Counters? Vitals => _vitals.Value;

    /// <summary>Reads a history: the agent's first message, then its results. Other messages (corrections, a last call) hold no evidence.</summary>
    public static CaseFile Read(IReadOnlyList<ChatMessage> history)
    {
        var said = history.Where(m => m.Role == ChatRole.User).Select(m => m.Content).ToList();
        var opening = said.FirstOrDefault() ?? "";
        var (issue, host) = FirstMessage.TryRead(opening, out var first) ? (first.Issue, first.Host) : (opening, new HostFacts());

        var rounds = new List<RoundResults>();
        foreach (var content in said.Skip(1))
        {
            if (ProtocolJson.TryRead<RoundResults>(content, out var results))
            {
                rounds.Add(results);
            }
        }

        return new CaseFile(issue, host ?? new HostFacts(), rounds);
    }

    /// <summary>The programs that ran on a target whose name ends in one of these.</summary>
    public IEnumerable<ProgramReading> Ran(params string[] targets) =>
        Programs.Where(p => p.Result.Error is null && targets.Any(t => p.Result.Target.EndsWith(t, StringComparison.Ordinal)));

    /// <summary>The latest output of a command of the catalogue, or of a model's own that prints the same; null when none ran or printed anything.</summary>
    public CommandResult? Command(string id)
    {
        var printed = Rounds.SelectMany(r => r.CommandResults).Where(c => c.Stdout.Length > 0).ToList();
        return printed.LastOrDefault(c => c.Id == id) ?? printed.LastOrDefault(c => CommandShape.Serves(c.Command, id));
    }

    /// <summary>Whether a command's output can be read to its end: what is missing in a cut one, or in one that was ended early, proves nothing.</summary>
    public bool IsWhole(string id) => Command(id) is { Truncated: false, Error: null };

    /// <summary>Whether any round asked for a command or a program of this name.</summary>
    public bool Asked(string name) =>
        Rounds.Any(r => r.CommandResults.Any(c => c.Id == name) || r.EbpfResults.Values.Any(p => p.ProgramName == name));

    /// <summary>The command line of a process as <c>ps</c> showed it, or null.</summary>
    public string? CommandLine(int pid) => _commandLines.Value.GetValueOrDefault(pid);

    /// <summary>The process with most memory resident, as <c>ps</c> showed it; null where it did not.</summary>
    public (string Name, int Pid, long Kib)? Largest =>
        ProcessLine().Matches(Command("processes")?.Stdout ?? "")
            .Select(m => ((string, int, long)?)(Executable(m.Groups["args"].Value.Trim()), int.Parse(m.Groups["pid"].Value, CultureInfo.InvariantCulture), OutputLines.Number(m.Groups["rss"].Value)))
            .MaxBy(p => p!.Value.Item3);

    /// <summary>Whether the issue's words speak of one of these kinds, or of none at all.</summary>
    public bool About(IssueKind kinds) => Kinds == IssueKind.Unknown || (Kinds & kinds) != 0;

    /// <summary>A process's name, from whatever shows it; null where nothing does.</summary>
    public string? NameOf(int pid) =>
        ProcessTicks.Read(Command("cpu_by_process")).FirstOrDefault(t => t.Pid == pid)?.Name
        ?? Programs.SelectMany(p => p.Result.Statistics?.ByProcess ?? []).FirstOrDefault(p => p.ProcessId == pid)?.ProcessName
        ?? (CommandLine(pid) is { } line ? Executable(line) : null);

    /// <summary>Whether the issue's words speak of one of these kinds.</summary>
    public bool Says(IssueKind kinds) => (Kinds & kinds) != 0;

    /// <summary>How strongly the issue's words point at this process: 0 to 30.</summary>
    public int PointsAt(string processName, IReadOnlyCollection<int> pids) =>
        pids.Any(Facts.Pids.Contains) ? 30
        : Facts.Names(processName) ? 25
        : pids.Any(p => CommandLine(p) is { } line && Facts.NamesCommandLine(line)) ? 20
        : Facts.Resembles(processName) ? 15
        : 0;

    /// <summary>How strongly the issue's words point at this path: 0 to 15. A path that the issue spells out is <see cref="IssueFacts.NamesFile"/>'s.</summary>
    public int PointsAt(string path) => Facts.ResemblesPath(path) ? 15 : 0;

    /// <summary>Whether the issue speaks of what may be limited, or of a limit.</summary>
    public bool SpeaksOfLimits => Facts.Words.Overlaps(["slice", "slices", "cgroup", "cgroups", "quota", "quotas", "limit", "limits", "limited", "container", "containers", "pod", "pods"]);

    /// <summary><c>myapp (pid 12)</c>, <c>myapp (5 processes, pids 12, 13, 14, …)</c>.</summary>
    public static string Describe(string processName, IReadOnlyList<int> pids) => pids.Count switch
    {
        0 => processName,
        1 => $"{processName} (pid {pids[0]})",
        <= 3 => $"{processName} (pids {string.Join(", ", pids)})",
        _ => $"{processName} ({pids.Count} processes, pids {string.Join(", ", pids.Take(3))}, …)",
    };

    private static string Executable(string commandLine)
    {
        var program = commandLine.Split(' ')[0];
        return program.StartsWith('[') ? program.Trim('[', ']') : program[(program.LastIndexOf('/') + 1)..];
    }

    private Dictionary<int, string> ReadCommandLines()
    {
        var lines = new Dictionary<int, string>();
        foreach (Match match in ProcessLine().Matches(Command("processes")?.Stdout ?? ""))
        {
            // The agent, and what started it, have the issue itself among their arguments.
            if (!match.Groups["args"].Value.Contains(" diagnose ", StringComparison.Ordinal))
            {
                lines[int.Parse(match.Groups["pid"].Value, CultureInfo.InvariantCulture)] = match.Groups["args"].Value.Trim();
            }
        }

        return lines;
    }

    // The columns of the `processes` step: pid ppid uid stat pcpu rss etimes args.
    [GeneratedRegex(@"^\s*(?<pid>\d{1,7})\s+\d+\s+\d+\s+\S+\s+[\d.]+\s+(?<rss>\d+)\s+\d+\s+(?<args>.+)$", RegexOptions.Multiline)]
    private static partial Regex ProcessLine();
}
