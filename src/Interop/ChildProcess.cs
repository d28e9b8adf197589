using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Interop;

/// <summary>
/// A child in a session and process group of its own: stdin is <c>/dev/null</c> or what it is given, stdout and stderr are pipes, no other descriptor
/// but a control socket where it gets one, no signal disposition and no signal mask is inherited. Owns the pipes' read ends, and the zombie until <see cref="Reap"/>:
/// until then no other process can get its id, so signals reach the right group.
/// </summary>
internal sealed unsafe partial class ChildProcess : IDisposable
{
    /// <summary>Number of the control socket in the child.</summary>
    public const int ControlDescriptor = 3;

    private readonly SafeFileHandle? _exitWatch;
    private bool _reaped;

    private ChildProcess(int id, SafeFileHandle stdout, SafeFileHandle stderr)
    {
        Id = id;
        Stdout = stdout;
        Stderr = stderr;
        // Linux 5.3; a container's seccomp profile may refuse it.
        var descriptor = pidfd_open(id, 0);
        _exitWatch = descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
    }

    /// <summary>Process id, also of its group and session.</summary>
    public int Id { get; }

    /// <summary>What it prints.</summary>
    public SafeFileHandle Stdout { get; }

    /// <summary>What it prints as errors.</summary>
    public SafeFileHandle Stderr { get; }

    /// <summary>Readable once the child has ended; null where the kernel gives none, then ask <see cref="HasExited"/>.</summary>
    public SafeFileHandle? ExitWatch => _exitWatch;

    /// <summary>Starts a program.</summary>
    /// <param name="arguments">The program's absolute path, as its name too, and its arguments.</param>
    /// <param name="environment">The whole environment, <c>NAME=value</c>.</param>
    /// <param name="directory">Where it starts.</param>
    /// <param name="input">Its stdin, or null for <c>/dev/null</c>; stays the caller's.</param>
    /// <param name="control">Becomes its <see cref="ControlDescriptor"/>; stays the caller's.</param>
    /// <param name="error">Why it did not start, as the C library words it.</param>
    /// <returns>The child, or null.</returns>
    public static ChildProcess? TryStart(IReadOnlyList<string> arguments, IReadOnlyList<string> environment, string directory, SafeFileHandle? input, SafeFileHandle? control, out string? error)
    {
        var (stdoutRead, stdoutWrite) = Descriptors.Pipe();
        var (stderrRead, stderrWrite) = Descriptors.Pipe();
        using (stdoutWrite)
        using (stderrWrite)
        {
            var errno = Spawn(
                arguments, environment, directory, Number(input), (int)stdoutWrite.DangerousGetHandle(), (int)stderrWrite.DangerousGetHandle(), Number(control), out var id);
            if (errno == 0)
            {
                error = null;
                return new ChildProcess(id, stdoutRead, stderrRead);
            }

            error = Marshal.GetPInvokeErrorMessage(errno);
        }

        stdoutRead.Dispose();
        stderrRead.Dispose();
        return null;
    }

    /// <summary>Whether it has ended; it stays a zombie.</summary>
    public bool HasExited()
    {
        SignalInfo info = default;
        return waitid(ByProcess, Id, &info, Exited | NoHang | NoWait) != 0 || info.Process != 0;
    }

    /// <summary>Sends a signal to every process of its group. Not after <see cref="Reap"/>.</summary>
    public void SignalGroup(int signal)
    {
        ObjectDisposedException.ThrowIf(_reaped, this);
        _ = kill(-Id, signal);
    }

    /// <summary>Waits for its end and collects it.</summary>
    /// <returns>Its exit code, 128 + n after signal n, or null where another part of this process collected it.</returns>
    public int? Reap()
    {
        SignalInfo info = default;
        int result;
        do
        {
            result = waitid(ByProcess, Id, &info, Exited);
        }
        while (result != 0 && Marshal.GetLastPInvokeError() == Interrupted);

        _reaped = true;
        return result != 0 ? null : info.Code == CodeExited ? info.Status : 128 + info.Status;
    }

    /// <summary>Closes the pipes and the watch. The child, if it still runs, isn't touched.</summary>
    public void Dispose()
    {
        Stdout.Dispose();
        Stderr.Dispose();
        _exitWatch?.Dispose();
    }

    private static int Spawn(IReadOnlyList<string> arguments, IReadOnlyList<string> environment, string directory, int input, int stdout, int stderr, int control, out int id)
    {
        // Larger than glibc's and musl's posix_spawnattr_t (336 bytes), posix_spawn_file_actions_t (80) and sigset_t (128).
        var attributes = stackalloc long[64];
        var actions = stackalloc long[64];
        var signals = stackalloc long[16];
        var child = 0;
        using var argv = new StringVector(arguments);
        using var envp = new StringVector(environment);
        using var paths = new StringVector([directory, "/dev/null"]);

        var errno = posix_spawnattr_init(attributes);
        errno = errno != 0 ? errno : posix_spawn_file_actions_init(actions);
        if (errno == 0)
        {
            // The runtime ignores SIGPIPE and blocks signals on some threads; a command must see none of that.
            _ = sigfillset(signals);
            _ = posix_spawnattr_setsigdefault(attributes, signals);
            _ = sigemptyset(signals);
            _ = posix_spawnattr_setsigmask(attributes, signals);
            _ = posix_spawnattr_setflags(attributes, SetSignalDefaults | SetSignalMask | SetSession);
            errno = First(
                input < 0 ? posix_spawn_file_actions_addopen(actions, 0, paths[1], 0, 0) : posix_spawn_file_actions_adddup2(actions, input, 0),
                posix_spawn_file_actions_adddup2(actions, stdout, 1),
                posix_spawn_file_actions_adddup2(actions, stderr, 2),
                control < 0 ? 0 : posix_spawn_file_actions_adddup2(actions, control, ControlDescriptor),
                posix_spawn_file_actions_addclosefrom_np(actions, control < 0 ? ControlDescriptor : ControlDescriptor + 1),
                posix_spawn_file_actions_addchdir_np(actions, paths[0]));
            errno = errno != 0 ? errno : posix_spawn(&child, argv[0], actions, attributes, argv.Pointer, envp.Pointer);
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
        }

        id = child;
        return errno;
    }

    private static int Number(SafeFileHandle? descriptor) => descriptor is null ? -1 : (int)descriptor.DangerousGetHandle();

    private static int First(params ReadOnlySpan<int> errors)
    {
        foreach (var error in errors)
        {
            if (error != 0)
            {
                return error;
            }
        }

        return 0;
    }
}
