using System.Diagnostics;

namespace Sonde.VmTests;

/// <summary>The scripts that pack and boot guests.</summary>
internal static class GuestScript
{
    /// <summary>Its exit code and all that it said; it is ended when the token is cancelled.</summary>
    public static async Task<(int Code, string Said)> RunAsync(string script, CancellationToken stop, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Vm, script), arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
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
