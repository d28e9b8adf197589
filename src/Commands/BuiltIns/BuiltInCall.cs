using Sonde.Commands.Sandboxing;

namespace Sonde.Commands.BuiltIns;

/// <summary>A command that the agent serves itself, as it recognised its whole shape.</summary>
/// <param name="Name">The tool's name, for the audit log.</param>
internal abstract record BuiltInCall(string Name);

/// <summary>Served by the host's own tool, started without a shell and with arguments that the agent wrote.</summary>
/// <param name="Name">The tool's name.</param>
/// <param name="Arguments">Behind the program's name.</param>
/// <param name="Profile">Just the access that it needs.</param>
/// <param name="Variables">Added to its environment.</param>
internal sealed record ToolCall(string Name, IReadOnlyList<string> Arguments, SandboxProfile Profile, params string[] Variables) : BuiltInCall(Name);

/// <summary>Served by the agent.</summary>
/// <param name="Name">The tool's name.</param>
/// <param name="Run">Ends by itself within the time that cancellation leaves it.</param>
internal sealed record AgentCall(string Name, Func<CancellationToken, Task<BuiltInOutput>> Run) : BuiltInCall(Name);

/// <summary>What a built-in printed.</summary>
/// <param name="ExitCode">As the tool would end.</param>
/// <param name="Stdout">Its output.</param>
/// <param name="Stderr">Its errors.</param>
internal sealed record BuiltInOutput(int ExitCode, string Stdout, string Stderr = "");

/// <summary>The outcome of recognising a command.</summary>
/// <param name="Call">How it is served.</param>
/// <param name="Refusal">Why it isn't; both null where an ordinary confined command serves as well.</param>
internal readonly record struct Recognition(BuiltInCall? Call, string? Refusal)
{
    /// <summary>Left to the shell.</summary>
    public static readonly Recognition Ordinary;

    /// <summary>Served so.</summary>
    public static implicit operator Recognition(BuiltInCall call) => new(call, null);

    /// <summary>Not served, with the reason.</summary>
    public static Recognition Refused(string? reason) => new(null, reason);
}
