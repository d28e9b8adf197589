using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>Says in a cut where the whole is; session files by absolute path, so that a command can read them.</summary>
internal interface IWholeFiles
{
    /// <summary>The whole output of one command.</summary>
    string OutputOf(string commandId, string stream);

    /// <summary>Every delivered event of one program.</summary>
    string EventsOf(string key);

    /// <summary>The round's results, uncut.</summary>
    string Results { get; }
}

/// <summary>
/// Fits a round's results into a model's context: aggregates stay, then come samples, then outputs of commands. Every cut says how much is left out and where the whole is.
/// </summary>
internal sealed class ContextBudget(int characters, IWholeFiles whole)
{
    // Tried in order until the aggregates leave room: entries of each table kept, and whether the course over time stays.
    private static readonly (int Tables, bool PerSecond, int Text)[] AggregateSizes =
        [(int.MaxValue, true, int.MaxValue), (10, true, 2000), (5, false, 1000), (2, false, 400), (0, false, 160)];

    // Output a command keeps, where it has that much, before samples take the room.
    private const int LeastOutput = 1200;

    /// <summary>The message: at most the budget's characters, whatever the round brought.</summary>
    public string Fit(RoundResults results)
    {
        var message = ProtocolJson.Write(results);
        if (message.Length <= characters)
        {
            return message;
        }

        foreach (var (tables, perSecond, text) in AggregateSizes)
        {
            var aggregated = Shrink(results, tables, perSecond, text);
            if (Fits(Cut(aggregated, events: 0, output: 0)))
            {
                return FitDetails(aggregated);
            }
        }

        return FitEntries(Cut(Shrink(results, 0, false, 160), 0, 0));
    }

    private string FitDetails(RoundResults results)
    {
        var streams = results.CommandResults.Sum(static c => (c.Stdout.Length > 0 ? 1 : 0) + (c.Stderr.Length > 0 ? 1 : 0));
        var leastOutput = Math.Min(LeastOutput, characters / (2 * Math.Max(streams, 1)));
        var longest = results.CommandResults.Select(static c => Math.Max(c.Stdout.Length, c.Stderr.Length)).DefaultIfEmpty(0).Max();
        var mostEvents = results.EbpfResults.Values.Select(static p => p.Events.Count).DefaultIfEmpty(0).Max();

        var events = Largest(mostEvents, k => Fits(Cut(results, k, leastOutput)));
        var output = Largest(longest, c => Fits(Cut(results, events, c)));

        // Short outputs leave room that samples can use.
        events = Largest(mostEvents, k => Fits(Cut(results, k, output)));
        return ProtocolJson.Write(Cut(results, events, output));
    }

    // So many entries that not even their heads fit: the first ones, and how many are missing.
    private string FitEntries(RoundResults results)
    {
        var all = results.EbpfResults.Count + results.CommandResults.Count;
        var kept = Largest(all, n => Fits(First(n)));
        return ProtocolJson.Write(First(kept));

        RoundResults First(int n) => n == all ? results : results with
        {
            EbpfResults = results.EbpfResults.Take(n).ToDictionary(),
            CommandResults = [.. results.CommandResults.Take(n - Math.Min(n, results.EbpfResults.Count))],
            Notes = [.. results.Notes ?? [], $"{all - n} of {all} results left out of this message for want of room; {whole.Results}"],
        };
    }

    private bool Fits(RoundResults results) => ProtocolJson.Write(results).Length <= characters;

    private static int Largest(int most, Func<int, bool> fits)
    {
        var (low, high) = (0, most);
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            (low, high) = fits(middle) ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private RoundResults Cut(RoundResults results, int events, int output) => results with
    {
        EbpfResults = results.EbpfResults.ToDictionary(static p => p.Key, p => CutSample(p.Key, p.Value, events)),
        CommandResults = [.. results.CommandResults.Select(c => CutOutput(c, output))],
    };

    private ProgramResult CutSample(string key, ProgramResult program, int most) => program.Events.Count <= most ? program : program with
    {
        Events = SampleTrim.Apply(program.Events, most),
        Notes = [.. program.Notes, $"{program.Events.Count - most} of {program.Events.Count} sampled events left out of this message; {whole.EventsOf(key)}"],
    };

    private CommandResult CutOutput(CommandResult command, int most)
    {
        var stdout = MiddleCut.Apply(command.Stdout, most, whole.OutputOf(command.Id, "stdout"));
        var stderr = MiddleCut.Apply(command.Stderr, most, whole.OutputOf(command.Id, "stderr"));
        return command with
        {
            Stdout = stdout,
            Stderr = stderr,
            Truncated = command.Truncated || !ReferenceEquals(stdout, command.Stdout) || !ReferenceEquals(stderr, command.Stderr),
        };
    }

    private RoundResults Shrink(RoundResults results, int tables, bool perSecond, int text) => tables == int.MaxValue ? results : results with
    {
        EbpfResults = results.EbpfResults.ToDictionary(static p => p.Key, p => Shrink(p.Value, tables, perSecond, text)),
        CommandResults = [.. results.CommandResults.Select(c => c with { Command = Shorten(c.Command, text), Error = c.Error is null ? null : Shorten(c.Error, text) })],
        Notes = results.Notes is null ? null : ShortenAll(results.Notes, text),
    };

    private ProgramResult Shrink(ProgramResult program, int tables, bool perSecond, int text)
    {
        var figures = program.Statistics;
        var smaller = figures is null ? null : figures with
        {
            ByProcess = [.. figures.ByProcess.Take(tables)],
            ByKey = [.. figures.ByKey.Take(tables).Select(k => k with { Key = Shorten(k.Key, text) })],
            Errors = figures.Errors.OrderByDescending(static e => e.Value).Take(Math.Max(tables, 3)).ToDictionary(),
            PerSecond = perSecond ? figures.PerSecond : [],
        };
        var stacks = program.Stacks is { } all ? all.Take(tables).ToList() : null;
        var lost = (program.Stacks?.Count - stacks?.Count ?? 0) + (figures is null ? 0
            : figures.ByProcess.Count - smaller!.ByProcess.Count + figures.ByKey.Count - smaller.ByKey.Count
              + figures.Errors.Count - smaller.Errors.Count + figures.PerSecond.Count - smaller.PerSecond.Count);
        var notes = ShortenAll(program.Notes, text);

        return program with
        {
            Statistics = smaller,
            Stacks = stacks,
            Target = Shorten(program.Target, text),
            Summary = Shorten(program.Summary, Math.Max(text, 300)),
            Notes = lost == 0 ? notes : [.. notes, $"{lost} figures of the statistics left out of this message; {whole.Results}"],
            Error = program.Error is { } error ? error with { Message = Shorten(error.Message, text) } : null,
        };
    }

    private string[] ShortenAll(IReadOnlyList<string> notes, int text)
    {
        var most = text >= 1000 ? 20 : 4;
        string[] kept = [.. notes.Take(most).Select(n => Shorten(n, text))];
        return notes.Count <= most ? kept : [.. kept, $"{notes.Count - most} more notes left out of this message; {whole.Results}"];
    }

    private static string Shorten(string value, int most) =>
        value.Length <= most ? value : $"{value.AsSpan(0, char.IsHighSurrogate(value[most - 1]) ? most - 1 : most)}[… {value.Length - most} characters left out]";
}
