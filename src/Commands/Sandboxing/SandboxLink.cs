using System.Text;
using Microsoft.Win32.SafeHandles;
using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>The agent's end of one confined program: hears whether it started, then supervises it.</summary>
internal sealed class SandboxLink(SafeFileHandle control) : IDisposable
{
    private const int LongestMessage = 8192;

    private SafeFileHandle? _control = control;
    private OpenSupervisor? _supervisor;

    /// <summary>Whether every protection was in place.</summary>
    public bool Confined { get; private set; }

    /// <summary>Why the program never started.</summary>
    public string? Failure { get; private set; }

    /// <summary>To be waited for: the start's outcome.</summary>
    public SafeFileHandle? Control => _control;

    /// <summary>To be waited for: calls that need an answer.</summary>
    public SafeFileHandle? Listener => _supervisor?.Listener;

    /// <summary>Acts on what was waited for.</summary>
    public void Answer(Descriptors.Watched control, Descriptors.Watched listener)
    {
        if (listener.HasData)
        {
            _supervisor?.AnswerOne();
        }
        else if (listener.Ready)
        {
            // The last process under the filter is gone.
            _supervisor?.Dispose();
            _supervisor = null;
        }

        if (control.Ready)
        {
            Hear();
        }
    }

    public void Dispose()
    {
        _control?.Dispose();
        _supervisor?.Dispose();
    }

    private void Hear()
    {
        var message = ControlSocket.Receive(_control!, new byte[LongestMessage], out var listener, out var scratch);
        if (message.IsEmpty)
        {
            // Closed as the program took over, or by the end of the process.
            _control!.Dispose();
            _control = null;
        }
        else if (message[0] == SandboxExec.Ready && listener is not null)
        {
            Confined = true;
            _supervisor = new OpenSupervisor(listener, scratch, scratch is null ? null : Encoding.UTF8.GetString(message[1..]));
        }
        else if (message[0] == SandboxExec.Failed)
        {
            Failure = Encoding.UTF8.GetString(message[1..]);
        }
    }
}
