using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Sonde.Commands.Sandboxing;
using Sonde.Interop;
using Sonde.Protocol;

namespace Sonde.Commands;

/// <summary>
/// One command from start to end: reads both streams, watches for its exit, its deadline and cancellation. Every wait in here is bounded except
/// <see cref="Collect"/>.
/// </summary>
internal sealed class CommandRun : IDisposable
{
    private const int Terminate = 15; // SIGTERM
    private const int Kill = 9; // SIGKILL
    private const int ReadBytes = 64 * 1024;
    private const int LongestPoll = 1000; // ms; deadlines are far below, this only bounds a sleep
    private const int PollWithoutWatch = 20; // ms between looks where the kernel gives no exit watch
    private const int MemoryLook = 250; // ms between looks at the memory of a confined command

    private readonly ChildProcess _child;
    private readonly CommandLimits _limits;
    private readonly SafeFileHandle _cancel;
    private readonly CancellationTokenRegistration _registration;
    private readonly CancellationToken _cancellation;
    private readonly Stream _stdout;
    private readonly Stream _stderr;
    private readonly byte[] _buffer = new byte[ReadBytes];
    private readonly string _profile;
    private readonly SandboxSlot? _slot;
    private readonly SandboxLink? _link;

    private TimeSpan _memoryLookAt = TimeSpan.FromMilliseconds(MemoryLook);
    private string? _stopReason;
    private bool _collected;
    private int? _exitCode;
    private bool _pipeHeld;

    private CommandRun(ChildProcess child, string profile, SandboxSlot? slot, SandboxLink? link, CommandLimits limits, SafeFileHandle cancel, CancellationToken cancellation)
    {
        _child = child;
        _profile = profile;
        _slot = slot;
        _link = link;
        _limits = limits;
        _cancel = cancel;
        _cancellation = cancellation;
        _stdout = new Stream(child.Stdout, new OutputCapture(limits.KeptBytes));
        _stderr = new Stream(child.Stderr, new OutputCapture(limits.KeptBytes));
        _registration = cancellation.Register(() => Descriptors.Signal(cancel));
    }

    private bool BothClosed => _stdout.Closed && _stderr.Closed;

    /// <summary>Starts the command, or says why not.</summary>
    /// <param name="launch">What to start.</param>
    /// <param name="slot">Where it is confined; null starts it with the agent's own rights. Stays the caller's.</param>
    /// <param name="limits">Its bounds.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <param name="error">Why it did not start.</param>
    public static CommandRun? TryStart(Launch launch, SandboxSlot? slot, CommandLimits limits, CancellationToken cancellation, out string? error)
    {
        using var input = launch.Input is { } bytes ? Descriptors.Holding(bytes.Span) : null;
        var (ours, theirs) = slot is null ? (null, null) : ((SafeFileHandle?, SafeFileHandle?))ControlSocket.Pair();
        using (theirs)
        {
            var arguments = slot is null ? launch.Arguments : slot.Wrap(launch.Profile, launch.Arguments);
            var environment = slot is null ? launch.Environment : [.. launch.Environment, .. SandboxRequest.RuntimeSettings.Select(static setting => $"{setting.Key}={setting.Value}")];
            if (ChildProcess.TryStart(arguments, environment, "/", input, theirs, out error) is { } child)
            {
                return new CommandRun(child, launch.Profile.Name, slot, ours is null ? null : new SandboxLink(ours), limits, Descriptors.Event(), cancellation);
            }
        }

        ours?.Dispose();
        return null;
    }

    /// <summary>Returns once the command has ended and its output is read, or can't be waited for any longer.</summary>
    public void FollowToEnd()
    {
        if (!AwaitExit())
        {
            return;
        }

        // It is a zombie now, so the group's id is still its own. What it left in its group goes with it.
        if (!BothClosed)
        {
            Drain(_limits.DrainGrace);
        }

        KillAll();
        if (!BothClosed)
        {
            Drain(_limits.DrainGrace);
            _pipeHeld = !BothClosed;
        }

        _exitCode = _child.Reap();
        _collected = true;
    }

    /// <summary>The result as it stands.</summary>
    public CommandOutcome Outcome(CommandRequest request, long milliseconds)
    {
        var stdout = _stdout.Capture.ToText(_limits.ResultBytes, out var stdoutCut);
        var stderr = _stderr.Capture.ToText(_limits.ResultBytes, out var stderrCut);
        var result = new CommandResult
        {
            Id = request.Id,
            Command = request.Command,
            ExitCode = NeverConfined ? SandboxExec.NotConfined : _stopReason is null ? _exitCode : null,
            Stdout = stdout,
            Stderr = stderr,
            DurationMs = milliseconds,
            Truncated = stdoutCut || stderrCut,
            Error = Error(),
        };
        return new CommandOutcome(
            result,
            stdoutCut ? _stdout.Capture.ToText(_limits.KeptBytes, out _) : stdout,
            stderrCut ? _stderr.Capture.ToText(_limits.KeptBytes, out _) : stderr)
        {
            Verdict = _link is null ? CommandVerdict.Unconfined : NeverConfined ? CommandVerdict.Refused : CommandVerdict.Confined,
            Profile = _link is null ? null : _profile,
        };
    }

    /// <summary>Leaves no zombie: waits for a process that could not be waited for before. Returns at once where nothing is left.</summary>
    public void Collect()
    {
        if (!_collected)
        {
            _child.Reap();
            _collected = true;
        }
    }

    public void Dispose()
    {
        _registration.Dispose();
        _cancel.Dispose();
        _link?.Dispose();
        _child.Dispose();
    }

    private bool AwaitExit()
    {
        var clock = Stopwatch.StartNew();
        TimeSpan? killAt = null;
        TimeSpan? giveUpAt = null;
        while (true)
        {
            var next = giveUpAt ?? killAt ?? (_slot is null || _memoryLookAt > _limits.Timeout ? _limits.Timeout : _memoryLookAt);
            if (Pump(next - clock.Elapsed, untilExit: true))
            {
                return true;
            }

            if (giveUpAt is { } last)
            {
                if (clock.Elapsed >= last)
                {
                    _stopReason += " It is still there: the kernel can't end it yet (uninterruptible sleep).";
                    return false;
                }
            }
            else if (killAt is { } kill)
            {
                if (clock.Elapsed >= kill)
                {
                    KillAll();
                    giveUpAt = clock.Elapsed + _limits.KillGrace;
                }
            }
            else if (StopReason(clock.Elapsed) is { } reason)
            {
                _stopReason = reason;
                _child.SignalGroup(Terminate);
                killAt = clock.Elapsed + _limits.TermGrace;
            }
        }
    }

    private string? StopReason(TimeSpan elapsed) =>
        _cancellation.IsCancellationRequested ? "Ended early: the round was interrupted."
        : elapsed >= _limits.Timeout ? string.Create(CultureInfo.InvariantCulture, $"Not finished after {_limits.Timeout.TotalSeconds:0.###} s: ended with all that it started.")
        : _stdout.Capture.Total + _stderr.Capture.Total > _limits.FloodBytes ? $"Printed more than {_limits.FloodBytes} bytes: ended with all that it started."
        : TakesTooMuchMemory(elapsed) ? $"Its processes took more than {_limits.MemoryBytes >> 20} MiB of memory together: ended with all that it started."
        : null;

    private bool TakesTooMuchMemory(TimeSpan elapsed)
    {
        if (_slot is null || elapsed < _memoryLookAt)
        {
            return false;
        }

        _memoryLookAt = elapsed + TimeSpan.FromMilliseconds(MemoryLook);
        return _slot.ResidentBytes() > _limits.MemoryBytes;
    }

    /// <summary>The group, and where the command is confined, whatever left it too.</summary>
    private void KillAll()
    {
        _child.SignalGroup(Kill);
        _slot?.Sweep();
    }

    private void Drain(TimeSpan grace)
    {
        var clock = Stopwatch.StartNew();
        while (!BothClosed && clock.Elapsed < grace)
        {
            Pump(grace - clock.Elapsed, untilExit: false);
        }
    }

    /// <summary>Waits once and reads what is there. True once the command has exited, when that is awaited.</summary>
    private bool Pump(TimeSpan longest, bool untilExit)
    {
        var milliseconds = (int)Math.Clamp(Math.Ceiling(longest.TotalMilliseconds), 0, LongestPoll);
        var blind = untilExit && _child.ExitWatch is null;
        Span<Descriptors.Watched> watched =
        [
            new(_stdout.Closed ? null : _child.Stdout),
            new(_stderr.Closed ? null : _child.Stderr),
            new(untilExit ? _child.ExitWatch : null),
            // Once seen, cancellation is known: the event stays readable.
            new(untilExit && _stopReason is null ? _cancel : null),
            new(_link?.Control),
            new(_link?.Listener),
        ];
        Descriptors.Wait(watched, blind ? Math.Min(milliseconds, PollWithoutWatch) : milliseconds);
        _stdout.ReadIf(watched[0].Ready, _buffer);
        _stderr.ReadIf(watched[1].Ready, _buffer);
        _link?.Answer(watched[4], watched[5]);
        return untilExit && (watched[2].Ready || (blind && _child.HasExited()));
    }

    private bool NeverConfined => _link is { } link && (link.Failure is not null || (_collected && !link.Confined));

    private string? Error()
    {
        if (NeverConfined)
        {
            return $"Never started: the sandbox could not be set up. {_link!.Failure ?? "Its process ended before anything was said."}";
        }

        var error = _stopReason
            ?? (_collected && _exitCode is null ? "It ended, but its exit status was lost: this process was started with SIGCHLD ignored." : null);
        return _pipeHeld
            ? $"{error} It left a detached process behind that still holds its output; that was not waited for.".TrimStart()
            : error;
    }

    /// <summary>One of the child's streams and what came through it.</summary>
    private sealed class Stream(SafeFileHandle pipe, OutputCapture capture)
    {
        public OutputCapture Capture => capture;

        public bool Closed { get; private set; }

        public void ReadIf(bool ready, byte[] buffer)
        {
            if (!ready)
            {
                return;
            }

            var count = Descriptors.Read(pipe, buffer);
            capture.Append(buffer.AsSpan(0, count));
            Closed = count == 0;
        }
    }
}
