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
internal sealed record CommandOutcome(CommandResult Result, string FullStdout, string FullStderr);
