using System.Text;
using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>
/// The re-exec: one thread of a fresh process that confines itself step by step and then becomes the program. A step that fails ends it with
/// <see cref="NotConfined"/> before the program starts; what failed goes back through the control socket.
/// </summary>
internal static class SandboxExec
{
    /// <summary>Exit code of a command that never started because a protection could not be had.</summary>
    public const int NotConfined = 125;

    /// <summary>First byte of the message that carries the listener and the scratch folder.</summary>
    public const byte Ready = (byte)'R';

    /// <summary>First byte of the message that says what failed.</summary>
    public const byte Failed = (byte)'F';

    private const int MostDescriptors = 256;

    /// <summary>Returns only where something failed.</summary>
    public static int Run(string[] arguments)
    {
        var request = SandboxRequest.Decode(arguments);
        var mounts = new SandboxMounts(request.Profile.Sockets == SocketAccess.Local);
        SandboxStep[] steps =
        [
            .. mounts.Steps,
            .. new SandboxIdentity(request.User, request.Profile).Steps,
            new("seccomp", "a filter of system calls whose opens for writing are supervised: Linux 5.9 with CONFIG_SECCOMP_FILTER, and no other seccomp supervisor", () => Filter(request.Profile, mounts)),
        ];
        foreach (var step in steps)
        {
            var errno = step.Name == request.FailingStep ? Errors.NotPermitted : step.Run();
            if (errno != 0)
            {
                return Refuse(step.Failure(errno));
            }
        }

        return Refuse($"Starting {request.Arguments[0]} failed: {Errors.Describe(ProcessImage.Execute(request.Arguments))}");
    }

    private static int Filter(SandboxProfile profile, SandboxMounts mounts)
    {
        foreach (var (name, _) in SandboxRequest.RuntimeSettings)
        {
            ProcessEnvironment.RemoveVariable(name);
        }

        if (mounts.ScratchPath is { } scratch)
        {
            _ = ProcessEnvironment.SetVariable("TMPDIR", scratch);
            // It keeps its last figures in /tmp, and prints nothing where it can't.
            _ = ProcessEnvironment.SetVariable("NSTAT_HISTORY", scratch + "/.nstat");
        }

        byte[] message = [Ready, .. Encoding.UTF8.GetBytes(mounts.ScratchPath ?? "")];
        var errno = Seccomp.Install(SandboxFilter.Build(profile.Sockets), out var listener);
        if (errno != 0)
        {
            return errno;
        }

        // An agent that is gone can't supervise, and its guard may have looked for this user already.
        errno = mounts.ScratchDescriptor >= 0
            ? ControlSocket.Send(ChildProcess.ControlDescriptor, message, listener, mounts.ScratchDescriptor)
            : ControlSocket.Send(ChildProcess.ControlDescriptor, message, listener);
        ProcessImage.CloseOnExecuteFrom(ChildProcess.ControlDescriptor, MostDescriptors);
        return errno == 0 && SandboxFilter.BuildSilence(profile.Sockets) is { } silence ? Seccomp.Add(silence) : errno;
    }

    private static int Refuse(string reason)
    {
        _ = ControlSocket.Send(ChildProcess.ControlDescriptor, [Failed, .. Encoding.UTF8.GetBytes(reason)]);
        // Half confined, the runtime's own way out may wait for what it can't have.
        ProcessImage.Exit(NotConfined);
        return NotConfined;
    }
}
