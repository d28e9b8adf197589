using System.Diagnostics;
using Sonde.Commands.BuiltIns;
using Sonde.Commands.Sandboxing;
using Sonde.Protocol;

namespace Sonde.Commands;

/// <summary>Runs commands side by side, each process on a thread of its own that only waits.</summary>
internal sealed class CommandRunner : ICommandRunner, IDisposable
{
    private readonly Sandbox? _sandbox;
    private readonly CommandLimits _limits;
    private readonly SemaphoreSlim _turns;

    /// <param name="sandbox">Confines them; disposed with this. Null runs them with the agent's own rights, which only a person may ask for.</param>
    /// <param name="limits">The product's when null.</param>
    public CommandRunner(Sandbox? sandbox, CommandLimits? limits = null)
    {
        _sandbox = sandbox;
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
            // A person who lets commands run unconfined gets the host's own tools.
            return _sandbox is not null && CommandPlan.Of(request.Command) is { } parts
                ? await new PartedRun(this, request, _limits).RunAsync(parts, cancellation).ConfigureAwait(false)
                : await ShellAsync(request, request.Command, null, _limits, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Call once every command has been answered.</summary>
    public void Dispose()
    {
        _turns.Dispose();
        _sandbox?.Dispose();
    }

    /// <summary>Runs a text in a shell.</summary>
    internal Task<CommandOutcome> ShellAsync(CommandRequest request, string text, ReadOnlyMemory<byte>? input, CommandLimits limits, CancellationToken cancellation) =>
        Confinement.Prepare(text, out var refusal) is { } launch
            ? StartAsync(request, launch with { Input = input }, limits, cancellation)
            : Task.FromResult(NeverStarted(request, refusal!));

    /// <summary>Runs one of the host's own tools.</summary>
    internal Task<CommandOutcome> ToolAsync(CommandRequest request, ToolCall call, CommandLimits limits, CancellationToken cancellation) =>
        Confinement.Prepare(call) is { } launch
            ? StartAsync(request, launch, limits, cancellation)
            : Task.FromResult(new CommandOutcome(new CommandResult { Id = request.Id, Command = request.Command, ExitCode = 127, DurationMs = 0 }, "", $"{call.Name}: not found\n"));

    private Task<CommandOutcome> StartAsync(CommandRequest request, Launch launch, CommandLimits limits, CancellationToken cancellation)
    {
        var outcome = new TaskCompletionSource<CommandOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            var clock = Stopwatch.StartNew();
            try
            {
                string? error = null;
                using var slot = _sandbox?.TryEnter(out error);
                if (_sandbox is not null && slot is null)
                {
                    outcome.SetResult(NeverStarted(request, $"Never started: the sandbox could not be set up: {error}."));
                    return;
                }

                using var run = CommandRun.TryStart(launch, slot, limits, cancellation, out error);
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
        new(new CommandResult { Id = request.Id, Command = request.Command, DurationMs = 0, Error = error }, "", "") { Verdict = CommandVerdict.Refused };
}
