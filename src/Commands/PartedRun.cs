using System.Diagnostics;
using System.Text;
using Sonde.Commands.BuiltIns;
using Sonde.Protocol;

namespace Sonde.Commands;

/// <summary>Runs a command of several parts, one after another as their connectors say, within the bounds of one command.</summary>
internal sealed class PartedRun(CommandRunner runner, CommandRequest request, CommandLimits limits)
{
    private const int CannotExecute = 126; // As a shell says of what it may not run.

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly StringBuilder _stdout = new();
    private readonly StringBuilder _stderr = new();
    private readonly List<string> _errors = [];
    private readonly HashSet<string> _builtIns = [];
    private bool _refused;

    public async Task<CommandOutcome> RunAsync(IReadOnlyList<CommandPart> parts, CancellationToken cancellation)
    {
        int? exitCode = 0;
        foreach (var part in parts)
        {
            if (part.Connector == ShellConnector.AfterSuccess ? exitCode != 0 : part.Connector == ShellConnector.AfterFailure && exitCode == 0)
            {
                continue;
            }

            exitCode = part.Recognition == Recognition.Ordinary
                ? Take(await runner.ShellAsync(request, part.Text, null, Remaining(), cancellation).ConfigureAwait(false))
                : await ServeAsync(part, cancellation).ConfigureAwait(false);
            if (exitCode is null)
            {
                break; // Ended at its deadline, or never started.
            }
        }

        return Outcome(exitCode);
    }

    private async Task<int?> ServeAsync(CommandPart part, CancellationToken cancellation)
    {
        var served = await FirstAsync(part, cancellation).ConfigureAwait(false);
        if (served.ExitCode is null)
        {
            _stdout.Append(served.Stdout);
            _stderr.Append(served.Stderr);
            return null;
        }

        var (stdout, stderr) = (served.Stdout, served.Stderr);
        if (part.First!.ErrorsToOutput)
        {
            (stdout, stderr) = (stdout + stderr, "");
        }

        stdout = part.First.OutputDropped ? "" : stdout;
        _stderr.Append(part.First.ErrorsDropped ? "" : stderr);
        if (part.Rest is { } rest)
        {
            return Take(await runner.ShellAsync(request, rest, Encoding.UTF8.GetBytes(stdout), Remaining(), cancellation).ConfigureAwait(false));
        }

        _stdout.Append(stdout);
        return served.ExitCode;
    }

    private async Task<(int? ExitCode, string Stdout, string Stderr)> FirstAsync(CommandPart part, CancellationToken cancellation)
    {
        switch (part.Recognition.Call)
        {
            case ToolCall tool:
                _builtIns.Add(tool.Name);
                var outcome = await runner.ToolAsync(request, tool, Remaining(), cancellation).ConfigureAwait(false);
                Note(outcome.Result.Error);
                return (outcome.Result.ExitCode, outcome.FullStdout, outcome.FullStderr);
            case AgentCall call:
                _builtIns.Add(call.Name);
                using (var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
                {
                    patience.CancelAfter(Remaining().Timeout);
                    try
                    {
                        var output = await call.Run(patience.Token).ConfigureAwait(false);
                        return (output.ExitCode, output.Stdout, output.Stderr);
                    }
                    catch (OperationCanceledException)
                    {
                        Note(cancellation.IsCancellationRequested ? "Ended early: the round was interrupted." : $"{call.Name} was not answered in time.");
                        return (null, "", "");
                    }
                    catch (InvalidDataException malformed)
                    {
                        return (1, "", $"{call.Name}: {malformed.Message}\n");
                    }
                }

            default:
                _refused = true;
                Note($"Refused: {part.Recognition.Refusal}.");
                return (CannotExecute, "", $"{part.Recognition.Refusal}\n");
        }
    }

    private int? Take(CommandOutcome outcome)
    {
        _stdout.Append(outcome.FullStdout);
        _stderr.Append(outcome.FullStderr);
        Note(outcome.Result.Error);
        return outcome.Result.ExitCode;
    }

    private void Note(string? error)
    {
        if (error is not null)
        {
            _errors.Add(error);
        }
    }

    private CommandLimits Remaining() => limits with { Timeout = limits.Timeout > _clock.Elapsed ? limits.Timeout - _clock.Elapsed : TimeSpan.FromMilliseconds(1) };

    private CommandOutcome Outcome(int? exitCode)
    {
        var (fullStdout, fullStderr) = (_stdout.ToString(), _stderr.ToString());
        var (stdout, stderr) = (Cut(fullStdout, out var stdoutCut), Cut(fullStderr, out var stderrCut));
        var result = new CommandResult
        {
            Id = request.Id,
            Command = request.Command,
            ExitCode = exitCode,
            Stdout = stdout,
            Stderr = stderr,
            DurationMs = _clock.ElapsedMilliseconds,
            Truncated = stdoutCut || stderrCut,
            Error = _errors.Count > 0 ? string.Join(' ', _errors) : null,
        };
        return new CommandOutcome(result, fullStdout, fullStderr)
        {
            Verdict = _refused ? CommandVerdict.Refused : CommandVerdict.BuiltIn,
            Profile = string.Join(", ", _builtIns.Order()),
        };
    }

    private string Cut(string text, out bool cut)
    {
        var capture = new OutputCapture(limits.KeptBytes);
        capture.Append(Encoding.UTF8.GetBytes(text));
        return capture.ToText(limits.ResultBytes, out cut);
    }
}
