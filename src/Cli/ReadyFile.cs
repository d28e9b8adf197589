using Microsoft.Extensions.Logging;

namespace Sonde.Cli;

/// <summary>A file that says "everything is attached" by being there, with the agent's process id in it.</summary>
internal static class ReadyFile
{
    /// <summary>Puts it there whole: a reader never sees it empty.</summary>
    /// <param name="path">Null for none.</param>
    /// <param name="log">Told when it can't be written; whoever waits for it waits in vain, but what was asked for still runs.</param>
    public static void Write(string? path, ILogger log)
    {
        if (path is null)
        {
            return;
        }

        var unfinished = $"{path}.{Environment.ProcessId}.part";
        try
        {
            File.WriteAllText(unfinished, $"{Environment.ProcessId}\n");
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.ReadyFileFailed(path, e.Message);
        }
    }

    /// <summary>Takes away one that an earlier run left, so that its presence means this run.</summary>
    public static void Clear(string? path)
    {
        if (path is not null && File.Exists(path))
        {
            File.Delete(path);
        }
    }
}
