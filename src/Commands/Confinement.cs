using Sonde.Commands.BuiltIns;
using Sonde.Commands.Sandboxing;

namespace Sonde.Commands;

/// <summary>How a command becomes a process.</summary>
/// <param name="Arguments">The program's absolute path and its arguments.</param>
/// <param name="Environment">The whole environment.</param>
/// <param name="Profile">What it may do where it is confined.</param>
/// <param name="Input">What it reads on its standard input; nothing when null.</param>
internal sealed record Launch(IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment, SandboxProfile Profile, ReadOnlyMemory<byte>? Input = null);

/// <summary>How a model's command is launched: by the shell, as it is. Not its words stand between it and the host, but the sandbox.</summary>
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
        return refusal is null ? new Launch([Shell, "-c", command], CommandEnvironment.Build(), SandboxProfile.Default) : null;
    }

    /// <summary>The launch of a built-in's tool; null where this host lacks it.</summary>
    public static Launch? Prepare(ToolCall call) =>
        CommandEnvironment.SearchPath.Select(folder => Path.Combine(folder, call.Name)).FirstOrDefault(File.Exists) is { } program
            ? new Launch([program, .. call.Arguments], [.. CommandEnvironment.Build(), .. call.Variables], call.Profile)
            : null;
}
