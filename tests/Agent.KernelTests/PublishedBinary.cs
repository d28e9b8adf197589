using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Sonde.Tests;

/// <summary>Runs the published executable as a person would.</summary>
internal sealed class PublishedBinary : IDisposable
{
    // Far beyond what any test needs: ends a hang, decides nothing.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _stdout;
    private readonly Task<string> _stderr;

    private PublishedBinary(Process process)
    {
        _process = process;
        _stdout = process.StandardOutput.ReadToEndAsync();
        _stderr = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Null where it has not been published.</summary>
    public static string? Path
    {
        get
        {
            var path = Environment.GetEnvironmentVariable("SONDE_BINARY") is { Length: > 0 } named ? named : System.IO.Path.Combine(Repository(), "dist", "sonde");
            return File.Exists(path) ? System.IO.Path.GetFullPath(path) : null;
        }
    }

    /// <summary>With a clean set of gateway variables: only those given.</summary>
    public static PublishedBinary Start(IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments) =>
        Start(Path!, environment, "", arguments, IsNoGatewayVariable);

    /// <summary>Runs it to its end by another program that is given it with its arguments: one that takes its terminal away, or gives it one.</summary>
    public static async Task<(int ExitCode, string Stdout, string Stderr)> RunByAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string stdin)
    {
        using var run = Start(program, environment, stdin, arguments, IsNoGatewayVariable);
        return await run.EndAsync();
    }

    /// <summary>Runs it to its end.</summary>
    public static Task<(int ExitCode, string Stdout, string Stderr)> RunAsync(params IEnumerable<string> arguments) => RunWithInputAsync("", arguments);

    /// <summary>Runs it to its end, with text on standard input.</summary>
    public static async Task<(int ExitCode, string Stdout, string Stderr)> RunWithInputAsync(string stdin, params IEnumerable<string> arguments)
    {
        using var run = Start(Path!, new Dictionary<string, string>(), stdin, arguments, IsNoGatewayVariable);
        return await run.EndAsync();
    }

    /// <summary>Runs the copy at <c>/sonde</c> of a root folder to its end, with these variables and no other. Needs root.</summary>
    public static async Task<(int ExitCode, string Stdout, string Stderr)> RunInRootAsync(
        string root, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments)
    {
        using var run = Start("chroot", environment, "", [root, "/sonde", .. arguments], inherits: static _ => false);
        return await run.EndAsync();
    }

    /// <summary>As Ctrl-C does.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits until it has ended or its ready file is there.</summary>
    public async Task ReadyAsync(string readyFile)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!File.Exists(readyFile) && !_process.HasExited)
        {
            // Looked for, not listened for: a FileSystemWatcher was seen to miss a file created right after it began.
            await Task.Delay(5, patience.Token);
        }
    }

    /// <summary>Waits for its end.</summary>
    public async Task<(int ExitCode, string Stdout, string Stderr)> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"it did not end; on standard error: {await _stderr}");
        }

        return (_process.ExitCode, await _stdout, await _stderr);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static bool IsNoGatewayVariable(string name) => !name.StartsWith("NANNYAPI_", StringComparison.Ordinal) && !name.StartsWith("OPENAI_", StringComparison.Ordinal);

    private static PublishedBinary Start(string program, IReadOnlyDictionary<string, string> environment, string stdin, IEnumerable<string> arguments, Func<string, bool> inherits)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var name in start.Environment.Keys.Where(n => !inherits(n)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Write(stdin);
        process.StandardInput.Close();
        return new PublishedBinary(process);
    }

    private static string Repository([CallerFilePath] string file = "") => System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file)!, "..", ".."));
}
