namespace Sonde.Kernel;

/// <summary>Where in the kernel a thread is.</summary>
internal static class ThreadStack
{
    /// <summary>Whether the thread is still there.</summary>
    public static bool Exists(int processId, int threadId) => Directory.Exists($"/proc/{processId}/task/{threadId}");

    /// <summary>Whether a thread's kernel stack holds a function; null where it can't be seen (CAP_SYS_ADMIN, CONFIG_STACKTRACE), or the thread is running.</summary>
    public static bool? Holds(int processId, int threadId, string function)
    {
        try
        {
            // "[<0>] pipe_read+0x3a0/0x4b0", one line a frame.
            var frames = File.ReadAllText($"/proc/{processId}/task/{threadId}/stack");
            return frames.Length == 0 ? null : frames.Contains($" {function}+0x", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
