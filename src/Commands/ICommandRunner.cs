using System.Text.Json.Serialization;
using Sonde.Protocol;

namespace Sonde.Commands;

/// <summary>Runs a model's shell commands, bounded and apart from the agent.</summary>
internal interface ICommandRunner
{
    /// <summary>Runs one command to its end or its deadline. Never throws for what a command does.</summary>
    Task<CommandOutcome> RunAsync(CommandRequest request, CancellationToken cancellation);
}

/// <summary>A command's result for the model, and all that it printed for the session folder.</summary>
/// <param name="Result">Bounded, cut in the middle.</param>
/// <param name="FullStdout">Everything it printed, up to the larger bound of the session folder.</param>
/// <param name="FullStderr">Likewise.</param>
internal sealed record CommandOutcome(CommandResult Result, string FullStdout, string FullStderr)
{
    /// <summary>What stood between the command and the host, for the audit log.</summary>
    public CommandVerdict Verdict { get; init; }

    /// <summary>Name of the sandbox's profile or of the built-in that served it; null where neither did.</summary>
    public string? Profile { get; init; }
}

/// <summary>What became of a command before it ran.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CommandVerdict>))]
internal enum CommandVerdict
{
    /// <summary>It ran with the agent's own rights.</summary>
    [JsonStringEnumMemberName("unconfined")] Unconfined,

    /// <summary>It ran in the sandbox.</summary>
    [JsonStringEnumMemberName("confined")] Confined,

    /// <summary>The agent served it itself.</summary>
    [JsonStringEnumMemberName("built_in")] BuiltIn,

    /// <summary>It never ran.</summary>
    [JsonStringEnumMemberName("refused")] Refused,
}
