using System.Diagnostics;

namespace Sonde.Tests.Kernel;

/// <summary>A shell that waits before it runs its script, so that probes can be attached first and filtered by its pid.</summary>
internal sealed class GatedShell : IDisposable
{
    private readonly Process _process;

    /// <param name="script">For bash; runs in the shell's own process as far as bash can.</param>
    public GatedShell(string script)
    {
        _process = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", "read gate; " + script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // With a language set, bash looks for translations of its first error message: opens that no script asked for.
            Environment = { ["LC_ALL"] = "C" },
        })!;
    }

    public int Pid => _process.Id;

    /// <summary>Lets the script begin.</summary>
    public void Open() => _process.StandardInput.WriteLine("go");

    /// <summary>Begins the script and waits for its end; its output.</summary>
    public string Run()
    {
        var errors = _process.StandardError.ReadToEndAsync();
        Open();
        var output = _process.StandardOutput.ReadToEnd();
        Assert.True(_process.WaitForExit(TimeSpan.FromSeconds(60)), "the script did not end in a minute");
        _ = errors.Result;
        return output;
    }

    /// <summary>Waits for a line that the script prints.</summary>
    public string ReadLine() => _process.StandardOutput.ReadLine() ?? "";

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
