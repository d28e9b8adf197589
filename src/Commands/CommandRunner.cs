using System.Diagnostics;
using Sonde.Protocol;

namespace Sonde.Commands;

/// <summary>Runs commands side by side, each on a thread of its own that only waits.</summary>
internal sealed class CommandRunner : ICommandRunner, IDisposable
{
    private readonly CommandLimits _limits;
    private readonly SemaphoreSlim _turns;

    /// <param name="limits">The product's when null.</param>
    public CommandRunner(CommandLimits? limits = null)
    {
        _limits = limits ?? new CommandLimits();
        _turns = new SemaphoreSlim(_limits.Parallel);
    }

    /// <inheritdoc/>
    public async Task<CommandOutcome> RunAsync(CommandRequest request, CancellationToken cancellation)
    {
        try
        {
            await _turns.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return NeverStarted(request, "Never started: the round was interrupted first.");
        }

        try
        {
            return await StartAsync(request, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Call once every command has been answered.</summary>
    public void Dispose() => _turns.Dispose();

    private Task<CommandOutcome> StartAsync(CommandRequest request, CancellationToken cancellation)
    {
        if (Confinement.Prepare(request.Command, out var refusal) is not { } launch)
        {
            return Task.FromResult(NeverStarted(request, refusal!));
        }

        var outcome = new TaskCompletionSource<CommandOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            var clock = Stopwatch.StartNew();
            try
            {
                using var run = CommandRun.TryStart(launch, _limits, cancellation, out var error);
                if (run is null)
                {
                    outcome.SetResult(NeverStarted(request, $"Starting {launch.Arguments[0]} failed: {error}."));
                    return;
                }

                run.FollowToEnd();
                outcome.SetResult(run.Outcome(request, clock.ElapsedMilliseconds));
                // The result doesn't wait for a process that the kernel can't end yet; the zombie does.
                run.Collect();
            }
            catch (Exception surprise)
            {
                outcome.TrySetResult(NeverStarted(request, $"Running the command failed: {surprise.Message}"));
            }
        })
        {
            IsBackground = true,
            Name = $"command {request.Id}",
        };
        thread.Start();
        return outcome.Task;
    }

    private static CommandOutcome NeverStarted(CommandRequest request, string error) =>
        new(new CommandResult { Id = request.Id, Command = request.Command, DurationMs = 0, Error = error }, "", "");
}
