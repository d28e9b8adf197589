namespace Sonde.Commands;

/// <summary>What one command may take. The defaults are the product's; tests shorten them.</summary>
internal sealed record CommandLimits
{
    /// <summary>Longest run.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between SIGTERM and SIGKILL.</summary>
    public TimeSpan TermGrace { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long output is read on after the command's end, while something it left behind holds the pipe.</summary>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>How long a killed process may take to go (one in uninterruptible sleep doesn't) before the result is given without it.</summary>
    public TimeSpan KillGrace { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Bytes of each stream in the result.</summary>
    public int ResultBytes { get; init; } = 64 * 1024;

    /// <summary>Bytes of each stream kept for the session folder.</summary>
    public int KeptBytes { get; init; } = 512 * 1024;

    /// <summary>Bytes of both streams after which a command is ended: it floods.</summary>
    public long FloodBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Bytes that a confined command's processes may hold in memory together.</summary>
    public long MemoryBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>Commands running at one time; the others wait their turn, and their timeout starts with it.</summary>
    public int Parallel { get; init; } = 16;
}
