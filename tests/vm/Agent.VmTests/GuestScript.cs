using System.Diagnostics;
using System.Globalization;

namespace Sonde.VmTests;

/// <summary>The scripts that pack and boot guests.</summary>
internal static class GuestScript
{
    // A guest emulates on one thread: more of them than processors only make each other late.
    private static readonly SemaphoreSlim Processors = new(Environment.ProcessorCount);

    /// <summary>Boots guests no more than there are processors, whichever tests ask.</summary>
    public static async Task<T> OnAProcessorAsync<T>(Func<Task<T>> boot, CancellationToken stop)
    {
        await Processors.WaitAsync(stop);
        try
        {
            return await boot();
        }
        finally
        {
            Processors.Release();
        }
    }

    /// <summary>Its exit code and all that it said; it is ended when the token is cancelled.</summary>
    public static Task<(int Code, string Said)> RunAsync(string script, CancellationToken stop, params string[] arguments) => RunAsync(script, null, stop, arguments);

    /// <summary>The same, with how many seconds a guest may take where the person who runs the tests did not say.</summary>
    public static async Task<(int Code, string Said)> RunAsync(string script, int? seconds, CancellationToken stop, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Vm, script), arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        if (seconds is { } allowed)
        {
            start.Environment.TryAdd("SONDE_VM_TIMEOUT", allowed.ToString(CultureInfo.InvariantCulture));
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(stop);
        var output = process.StandardOutput.ReadToEndAsync(stop);
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, (await output + await error).Trim());
    }
}
