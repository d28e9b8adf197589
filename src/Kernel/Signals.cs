namespace Sonde.Kernel;

/// <summary>Signal numbers of x86-64 by name (uapi/asm/signal.h).</summary>
internal static class Signals
{
    private const int FirstRealTime = 34;
    private const int LastRealTime = 64;

    private static readonly string[] Names =
    [
        "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV",
        "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU",
        "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>
    /// The constant's name; a real-time signal counted from the C library's SIGRTMIN, which is 34 (32 and 33 are the library's own
    /// and stay numbers, as does everything that isn't a signal).
    /// </summary>
    public static string Name(int signal) => signal switch
    {
        >= 1 when signal <= Names.Length => Names[signal - 1],
        FirstRealTime => "SIGRTMIN",
        > FirstRealTime and <= LastRealTime => $"SIGRTMIN+{signal - FirstRealTime}",
        _ => signal.ToString(),
    };
}
