using System.Globalization;
using Sonde.Commands;
using Sonde.Commands.Sandboxing;
using Sonde.Protocol;

namespace Sonde.Tests.Sandboxing;

/// <summary>Commands in the sandbox of the published binary.</summary>
internal sealed class Confined : IDisposable
{
    private const uint UsersPerAgent = 64;

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

    /// <summary>The lowest of the users that the sandbox of an agent gives away.</summary>
    public static uint FirstUserOf(int agent) => CommandUsers.First + ((uint)agent * UsersPerAgent);

    /// <summary>Whether a process is more than what its parent has yet to wait for, by its <c>/proc/PID/status</c>.</summary>
    public static bool IsAlive(string status) => !status.Contains("State:\tZ", StringComparison.Ordinal);

    /// <summary>Processes of those users, as folders of /proc with their names.</summary>
    /// <param name="agent">The process id of the agent.</param>
    /// <param name="counts">Which of them, by <c>/proc/PID/status</c>.</param>
    public static IEnumerable<string> ProcessesOf(int agent, Func<string, bool> counts)
    {
        var first = FirstUserOf(agent);
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(static f => char.IsAsciiDigit(f[^1])))
        {
            string status;
            try
            {
                status = File.ReadAllText(folder + "/status");
            }
            catch (IOException)
            {
                continue; // It has ended.
            }

            var user = uint.Parse(status.Split("Uid:\t")[1].Split('\t')[0], CultureInfo.InvariantCulture);
            if (user >= first && user < first + UsersPerAgent && counts(status))
            {
                yield return $"{folder}: {status.Split('\n')[0]}";
            }
        }
    }

    public void Dispose() => _runner.Dispose();
}
