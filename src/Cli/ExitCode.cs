namespace Sonde.Cli;

/// <summary>The exit codes of every command; nothing else is ever returned to the shell.</summary>
internal enum ExitCode
{
    /// <summary>Done; for a diagnosis: resolved.</summary>
    Done = 0,

    /// <summary>The job failed.</summary>
    Failed = 1,

    /// <summary>Wrong usage or invalid input.</summary>
    Usage = 2,

    /// <summary>A bound was hit, someone interrupted, or the model is gone; a report was still written.</summary>
    Partial = 3,

    /// <summary>Privileges or the kernel don't allow the main job.</summary>
    NotPermitted = 4,
}
