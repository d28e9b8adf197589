using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sonde.Playbooks.Readings;
using Sonde.Protocol;

namespace Sonde.Playbooks;

/// <summary>One program's result, read without what the round's own commands caused.</summary>
internal sealed class ProgramReading(string key, ProgramResult result, OwnTools ownTools)
{
    public string Key { get; } = key;

    public ProgramResult Result { get; } = result;

    /// <summary>The sample, in time order.</summary>
    public IReadOnlyList<TraceEvent> Events { get; } = [.. result.Events.Where(e => !ownTools.Caused(e, result.StartTime))];

    /// <summary>Whether every match is in the sample, so that counting it gives exact figures.</summary>
    public bool IsWhole => Result.Events.Count >= Result.EventCount;

    /// <summary>Length of the window, as text.</summary>
    public string Window => $"{Math.Max(0, (Result.EndTime - Result.StartTime).TotalSeconds):0.#} s";

    /// <summary>The busiest processes, those of the round's own commands left out.</summary>
    public IEnumerable<ProcessCount> Busiest =>
        (Result.Statistics?.ByProcess ?? []).Where(p => p.ProcessId > 0 && !ownTools.Includes(p));

    /// <summary>The exact number of matches with this value, where the statistics hold it.</summary>
    public long? CountOf(string field, string value)
    {
        var wanted = $"{field}={value}";
        foreach (var (key, count) in Result.Statistics?.ByKey ?? [])
        {
            if (key == wanted)
            {
                return count;
            }
        }

        return null;
    }

    /// <summary>Calls with this error: exact from the statistics, else as the sample shows.</summary>
    public long CountOfError(string error) =>
        Result.Statistics?.Errors.GetValueOrDefault(error) is { } exact and > 0 ? exact : Events.Count(e => e.Text("error") == error);
}

/// <summary>
/// The commands of a round run inside the probes' windows; their own failed opens and connects are no evidence. Confined ones are told by their users, those that a
/// person lets run unconfined by their names.
/// </summary>
internal sealed class OwnTools
{
    // Starting a shell on a loaded host takes its time.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1.5);

    private const int LeastAtOnce = 4;

    private readonly HashSet<string> _names;
    private readonly HashSet<int> _pids;
    private readonly TimeSpan _until;

    private OwnTools(HashSet<string> names, HashSet<int> pids, TimeSpan until) => (_names, _pids, _until) = (names, pids, until);

    public static OwnTools Of(RoundResults round)
    {
        var commands = round.CommandResults;
        if (commands.Count == 0)
        {
            return new OwnTools([], [], TimeSpan.Zero);
        }

        var confined = round.EbpfResults.Values.SelectMany(p => p.Events).Where(e => e.UserId >= CommandUsers.First).Select(e => e.ProcessId)
            .Concat(commands.Where(c => c.Id == "processes").SelectMany(OutputLines.All).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(w => w.Length > 3 && OutputLines.Number(w[2]) >= CommandUsers.First).Select(w => (int)OutputLines.Number(w[0])))
            .ToHashSet();
        if (confined.Count > 0)
        {
            return new OwnTools(["sonde"], confined, TimeSpan.MaxValue);
        }

        var names = commands
            .SelectMany(c => c.Command.Split([' ', '\n', ';', '|', '&', '(', ')', '{', '}', '\''], StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.'))
            .Append("sh").Append("dash").Append("bash").Append("busybox").Append("sonde").Append("systemctl").Append("mawk").Append("gawk");
        // They run a few at a time: the last one ends no later than this.
        var until = commands.Sum(c => c.DurationMs) / LeastAtOnce + commands.Max(c => c.DurationMs);
        return new OwnTools(names.ToHashSet(), [], TimeSpan.FromMilliseconds(until) + Slack);
    }

    /// <summary>Whether a command of the round caused it.</summary>
    public bool Caused(TraceEvent traceEvent, DateTimeOffset start) =>
        traceEvent.UserId >= CommandUsers.First || _pids.Contains(traceEvent.ProcessId)
        || (_names.Contains(traceEvent.ProcessName) && traceEvent.Time() - start <= _until);

    /// <summary>Whether it is one of the round's commands.</summary>
    public bool Includes(ProcessCount process) => _pids.Contains(process.ProcessId) || _names.Contains(process.ProcessName);
}

internal static class TraceEventReading
{
    /// <summary>A field as text, whatever JSON type it came as; null when absent.</summary>
    public static string? Text(this TraceEvent traceEvent, string field) => traceEvent.Data.TryGetPropertyValue(field, out var node) ? node switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => node.ToJsonString(),
    }
    : null;

    /// <summary>A field as a number; null when absent or none.</summary>
    public static double? Number(this TraceEvent traceEvent, string field) =>
        double.TryParse(traceEvent.Text(field), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static bool Flag(this TraceEvent traceEvent, string field) => traceEvent.Text(field) is "true" or "1";

    /// <summary>Whether an exit ended only a thread, its process living on.</summary>
    public static bool IsThreadExit(this TraceEvent traceEvent) =>
        traceEvent.Flag("is_thread") || traceEvent.Text("group_dead") is "0" or "false";

    public static DateTimeOffset Time(this TraceEvent traceEvent) => DateTimeOffset.UnixEpoch.AddTicks(traceEvent.Timestamp / 100);
}
