using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>The calling process on its way to becoming another program. Everything returns 0 or an errno.</summary>
internal static unsafe partial class ProcessImage
{
    private const int SetDescriptorFlags = 2; // F_SETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int SetMask = 2; // SIG_SETMASK
    private const int SignalStop = 19; // SIGSTOP
    private const int SignalKill = 9; // SIGKILL
    private const int LastSignal = 64;

    /// <summary>Sets both the soft and the hard limit.</summary>
    public static int Limit(ResourceLimit resource, ulong value)
    {
        var limits = stackalloc ulong[2] { value, value };
        return setrlimit((int)resource, limits) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Every signal has its default action and none is blocked, as a program expects to find it.</summary>
    public static int ResetSignals()
    {
        // The C library's own two (32 and 33) can't be set and needn't.
        for (var number = 1; number <= LastSignal; number++)
        {
            if (number is not (SignalKill or SignalStop or 32 or 33))
            {
                _ = signal(number, 0);
            }
        }

        var none = stackalloc ulong[16];
        new Span<ulong>(none, 16).Clear();
        return sigprocmask(SetMask, none, null) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>No descriptor from <paramref name="first"/> on outlasts <see cref="Execute"/>.</summary>
    public static void CloseOnExecuteFrom(int first, int last)
    {
        for (var descriptor = first; descriptor <= last; descriptor++)
        {
            _ = fcntl(descriptor, SetDescriptorFlags, CloseOnExec);
        }
    }

    /// <summary><c>chdir</c>.</summary>
    public static int ChangeDirectory(string path) => chdir(path) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Becomes the program, with this process's environment. Returns only an errno.</summary>
    public static int Execute(IReadOnlyList<string> arguments)
    {
        using var vector = new StringVector(arguments);
        _ = execv(vector[0], vector.Pointer);
        return Marshal.GetLastPInvokeError();
    }

    /// <summary>Ends the process at once; nothing of the runtime runs any more.</summary>
    public static void Exit(int code) => _exit(code);

    /// <summary>SIGKILL to every process that the calling thread may signal, but its own.</summary>
    public static void KillAllAllowed() => _ = kill(-1, SignalKill);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, ulong* limits);

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sigprocmask(int how, void* set, void* old);

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chdir(string path);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int execv(byte* path, byte** arguments);

    [LibraryImport("libc")]
    private static partial void _exit(int code);

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}

/// <summary>What <c>setrlimit</c> bounds, by its numbers on x86-64.</summary>
internal enum ResourceLimit
{
    ProcessorSeconds = 0,
    FileSize = 1,
    Data = 2,
    CoreFile = 4,
    Processes = 6,
    Descriptors = 7,
    LockedMemory = 8,
    AddressSpace = 9,
    MessageQueues = 12,
}
