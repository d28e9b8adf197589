using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Sonde.Tests;

/// <summary>A program of <c>tests/scenarios</c> while it makes its fault, compiled under the name that the application of the story has.</summary>
internal sealed class Scenario : IAsyncDisposable
{
    private readonly Process process;
    private readonly string folder;

    private Scenario(Process process, string folder, int pid)
    {
        this.process = process;
        this.folder = folder;
        Pid = pid;
    }

    public int Pid { get; }

    /// <summary>Returns once the fault has happened for the first time.</summary>
    /// <param name="source">Name of the C file without its ending.</param>
    /// <param name="name">The process's name.</param>
    /// <param name="arguments">To the program.</param>
    public static async Task<Scenario> StartAsync(string source, string name, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("sonde-scenario-").FullName;
        var executable = Path.Combine(folder, name);
        await RunCompilerAsync(Path.Combine(SourceFolder(), source + ".c"), executable);

        var process = Process.Start(new ProcessStartInfo(executable, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return line is not null
            ? new Scenario(process, folder, int.Parse(line, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"{executable} ended before its fault happened");
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task RunCompilerAsync(string source, string executable)
    {
        using var compiler = Process.Start(new ProcessStartInfo("gcc", ["-O2", "-static", "-o", executable, source]) { RedirectStandardError = true })!;
        var said = await compiler.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await compiler.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(compiler.ExitCode == 0, said);
    }

    private static string SourceFolder([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "scenarios"));
}
