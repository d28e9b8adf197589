namespace Sonde.Commands;

/// <summary>How a command becomes a process.</summary>
/// <param name="Arguments">The program's absolute path and its arguments.</param>
/// <param name="Environment">The whole environment.</param>
/// <param name="Directory">Where it starts.</param>
internal sealed record Launch(IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment, string Directory);

/// <summary>
/// What stands between a model's command and the host: the one place that decides how a command is launched. A command gets a session of its own, a clean
/// environment, no terminal and no descriptor of the agent; it runs with the agent's own privileges, and a sandbox isn't in place.
/// </summary>
internal static class Confinement
{
    /// <summary>The shell that commands are handed to.</summary>
    public const string Shell = "/bin/sh";

    /// <summary>The launch of one command.</summary>
    /// <param name="command">Handed to the shell as it is.</param>
    /// <param name="refusal">Why it can't be launched.</param>
    /// <returns>The launch, or null.</returns>
    public static Launch? Prepare(string command, out string? refusal)
    {
        refusal = string.IsNullOrWhiteSpace(command) ? "The command is empty."
            : command.Contains('\0', StringComparison.Ordinal) ? "The command holds a zero byte, which no argument can carry."
            : !File.Exists(Shell) ? $"There is no {Shell} on this host, so no command can run. eBPF programs need no shell: ask for the evidence through them."
            : null;
        return refusal is null ? new Launch([Shell, "-c", command], CommandEnvironment.Build(), "/") : null;
    }
}
