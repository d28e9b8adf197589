using System.Diagnostics;

namespace Sonde.Tests.Kernel;

/// <summary>A shell that waits before it runs its script, so that probes can be attached first and filtered by its pid.</summary>
internal sealed class GatedShell : IDisposable
{
    private readonly Process process;

    /// <param name="script">For bash; runs in the shell's own process as far as bash can.</param>
    public GatedShell(string script)
    {
        process = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", "read gate; " + script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // With a language set, bash looks for translations of its first error message: opens that no script asked for.
            Environment = { ["LC_ALL"] = "C" },
        })!;
    }

    public int Pid => process.Id;

    /// <summary>Lets the script begin.</summary>
    public void Open() => process.StandardInput.WriteLine("go");

    /// <summary>Begins the script and waits for its end; its output.</summary>
    public string Run()
    {
        var errors = process.StandardError.ReadToEndAsync();
        Open();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), "the script did not end in a minute");
        _ = errors.Result;
        return output;
    }

    /// <summary>Waits for a line that the script prints.</summary>
    public string ReadLine() => process.StandardOutput.ReadLine() ?? "";

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
    }
}
