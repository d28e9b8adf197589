using System.Globalization;
using Sonde.Commands;
using Sonde.Commands.Sandboxing;
using Sonde.Protocol;

namespace Sonde.Tests.Sandboxing;

/// <summary>Commands in the sandbox of the published binary.</summary>
internal sealed class Confined : IDisposable
{
    private readonly CommandRunner _runner;
    private int _number;

    public Confined(CommandLimits? limits = null, string? failingStep = null) => _runner = new CommandRunner(new Sandbox(PublishedBinary.Path, failingStep), limits);

    /// <summary>Why there is nothing to test with here, or null.</summary>
    public static string? Unavailable =>
        PublishedBinary.Path is null ? "dist/sonde isn't built"
        : Environment.IsPrivilegedProcess ? null
        : "needs root";

    public async Task<CommandResult> RunAsync(string command) => (await OutcomeAsync(command)).Result;

    public Task<CommandOutcome> OutcomeAsync(string command) => _runner.RunAsync(
        new CommandRequest { Id = string.Create(CultureInfo.InvariantCulture, $"c{Interlocked.Increment(ref _number)}"), Command = command },
        TestContext.Current.CancellationToken);

    /// <summary>With the agent's own rights, to compare.</summary>
    public static async Task<CommandResult> RunUnconfinedAsync(string command)
    {
        using var runner = new CommandRunner(sandbox: null);
        return (await runner.RunAsync(new CommandRequest { Id = "plain", Command = command }, TestContext.Current.CancellationToken)).Result;
    }

    public void Dispose() => _runner.Dispose();
}
