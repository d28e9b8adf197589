using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>The files of one round in the session folder: its plan, results, outputs and events.</summary>
internal sealed class RoundFiles(SessionFolder folder, int round) : IWholeFiles
{
    private const string NotSaved = "the whole could not be saved";
    private const int LongestName = 60;

    private readonly Dictionary<string, string> _outputs = [];
    private readonly Dictionary<string, string> _events = [];
    private readonly Dictionary<string, string> _stacks = [];

    /// <inheritdoc/>
    public string Results => Whole(Name("results.json"));

    /// <inheritdoc/>
    public string OutputOf(string commandId, string stream) => _outputs.TryGetValue(commandId, out var name) ? Whole($"{name}.{stream}.txt") : NotSaved;

    /// <inheritdoc/>
    public string EventsOf(string key) => Whole(EventFile(key));

    /// <summary>Relative name of the events of one program.</summary>
    public string EventFile(string key)
    {
        lock (_events)
        {
            return FileOf(_events, key, Name("events"), ".ndjson");
        }
    }

    /// <summary>Before anything runs, so that a crash leaves what was asked.</summary>
    public void Save(DiagnosticPlan plan) => folder.Write(Name("plan.json"), ProtocolJson.Write(plan, indented: true));

    /// <summary>After the round: results as gathered, each command's whole output, and each program's stacks as flame graphs take them.</summary>
    public void Save(RoundOutcome outcome)
    {
        folder.Write(Name("results.json"), ProtocolJson.Write(outcome.Results, indented: true));
        foreach (var command in outcome.Commands)
        {
            var name = FileOf(_outputs, command.Result.Id, Name("commands"), "");
            SaveOutput($"{name}.stdout.txt", command.FullStdout);
            SaveOutput($"{name}.stderr.txt", command.FullStderr);
        }

        foreach (var (key, program) in outcome.Results.EbpfResults)
        {
            SaveOutput(FileOf(_stacks, key, Name("stacks"), ".folded"), program.FoldedStacks ?? "");
        }
    }

    private void SaveOutput(string name, string output)
    {
        if (output.Length > 0)
        {
            folder.Write(name, output);
        }
    }

    private string Name(string file) => $"rounds/{round}/{file}";

    private string Whole(string name) => folder.Path is { } path ? $"the whole is in {Path.Combine(path, name)}" : NotSaved;

    // Ids and keys are a model's words: made safe for a path, and still distinct.
    private static string FileOf(Dictionary<string, string> names, string id, string directory, string suffix)
    {
        if (!names.TryGetValue(id, out var name))
        {
            var safe = string.Concat(id.Take(LongestName).Select(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));
            name = $"{directory}/{safe}{suffix}";
            for (var n = 2; names.ContainsValue(name); n++)
            {
                name = $"{directory}/{safe}_{n}{suffix}";
            }

            names.Add(id, name);
        }

        return name;
    }
}
