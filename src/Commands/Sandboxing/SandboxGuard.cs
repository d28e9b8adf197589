using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>
/// A process beside the agent that ends all processes of a confined user, when it is told to and when the agent is gone, however that happened. It takes
/// that user's place first, so that the kernel lets it reach no other process.
/// </summary>
internal sealed class SandboxGuard : IDisposable
{
    /// <summary>The verb; not for people.</summary>
    public const string Verb = "__sandbox-guard";

    private const int LongestSweep = 500; // ms; the kernel takes one look at every process

    private readonly string _executable;
    private readonly uint _firstUser;
    private readonly int _slots;
    private readonly Lock _gate = new();
    private ChildProcess? _process;
    private SafeFileHandle? _control;
    private bool _disposed;

    public SandboxGuard(string executable, uint firstUser, int slots)
    {
        _executable = executable;
        _firstUser = firstUser;
        _slots = slots;
    }

    /// <summary>Starts it, unless it runs. Null, or why it could not be started.</summary>
    public string? Start()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return "the sandbox is disposed";
            }

            if (_process is { } running && !running.HasExited())
            {
                return null;
            }

            End();
            var (ours, theirs) = ControlSocket.Pair();
            using (theirs)
            {
                string[] arguments = [_executable, Verb, _firstUser.ToString(CultureInfo.InvariantCulture), _slots.ToString(CultureInfo.InvariantCulture)];
                _process = ChildProcess.TryStart(arguments, CommandEnvironment.Build(), "/", null, theirs, out var error);
                _control = ours;
                return _process is null ? error : null;
            }
        }
    }

    /// <summary>Ends every process of a slot's user. False where that can't be said for sure.</summary>
    public bool Sweep(int slot)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                // Its end swept every user; the next agent of this process may have given this one away again.
                return true;
            }

            if (_control is null || ControlSocket.Send((int)_control.DangerousGetHandle(), [(byte)slot]) != 0)
            {
                return false;
            }

            Span<Descriptors.Watched> watched = [new(_control)];
            Descriptors.Wait(watched, LongestSweep);
            Span<byte> answer = stackalloc byte[1];
            var done = watched[0].Ready && ControlSocket.Receive(_control, answer, out _, out _).Length == 1 && answer[0] == slot;
            if (!done)
            {
                // An answer that comes late must not pass for that to another question.
                End();
            }

            return done;
        }
    }

    /// <summary>Ends it, for good; it sweeps every user on its way.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            End();
        }
    }

    /// <summary>The guard's own process, from start to end.</summary>
    public static int Run(string[] arguments)
    {
        var firstUser = uint.Parse(arguments[1], CultureInfo.InvariantCulture);
        var slots = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        using var control = new SafeFileHandle(ChildProcess.ControlDescriptor, ownsHandle: true);
        Span<byte> message = stackalloc byte[1];
        while (ControlSocket.Receive(control, message, out _, out _).Length == 1)
        {
            if (!SweepUser(firstUser + (2 * (uint)message[0])) || ControlSocket.Send(ChildProcess.ControlDescriptor, message) != 0)
            {
                break;
            }
        }

        for (var slot = 0; slot < slots; slot++)
        {
            SweepUser(firstUser + (2 * (uint)slot));
        }

        return 0;
    }

    // The kernel lets a signal pass where the sender's real or effective user is the receiver's real or saved one. As effective user: the confined one.
    // As real user: its neighbour, which no process has, so that nothing confined can signal this thread. Root only as saved user, which counts for neither.
    private static bool SweepUser(uint user)
    {
        if (Credentials.SetUser(user + 1, user, 0) != 0)
        {
            return false;
        }

        var isOther = Credentials.Users() == (user + 1, user) && Credentials.Effective() == 0;
        if (isOther)
        {
            ProcessImage.KillAllAllowed();
        }

        return Credentials.SetUser(0, 0, 0) == 0 && isOther;
    }

    private void End()
    {
        _control?.Dispose();
        _control = null;
        if (_process is { } process)
        {
            process.Reap();
            process.Dispose();
            _process = null;
        }
    }
}
