using System.Diagnostics;
using System.Globalization;
using Sonde.Interop;

namespace Sonde.Benchmarks.Subjects;

/// <summary>What a process used.</summary>
/// <param name="PeakKiB">Resident memory at its most.</param>
/// <param name="Cpu">User and system time.</param>
/// <param name="ExitCode">Its own.</param>
/// <param name="Output">What it printed, where that was kept.</param>
internal sealed record Usage(long PeakKiB, TimeSpan Cpu, int ExitCode, string Output);

/// <summary>One observing process, the product or a peer, under native/measure.c: started, ready, stopped by SIGINT, measured.</summary>
internal sealed class Observer : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _report;
    private readonly string _errors;
    private readonly string? _output;

    private Observer(Process process, string report, string errors, string? output) =>
        (_process, _report, _errors, _output) = (process, report, errors, output);

    /// <summary>Starts a command.</summary>
    /// <param name="workshop">Where the helpers are.</param>
    /// <param name="cpu">Pinned there; null for anywhere.</param>
    /// <param name="keepOutput">Into a file for <see cref="Usage.Output"/>; else it goes to /dev/null.</param>
    /// <param name="command">With its arguments.</param>
    public static Observer Start(Workshop workshop, int? cpu, bool keepOutput, params IReadOnlyList<string> command)
    {
        var report = workshop.NewFile("usage");
        var errors = workshop.NewFile("stderr");
        var output = keepOutput ? workshop.NewFile("stdout") : null;
        string[] measured = [workshop.Tool("measure"), cpu?.ToString(CultureInfo.InvariantCulture) ?? "any", report, .. command];

        // The shell only redirects: a pipe to this process would make it part of what is measured.
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$@\" >'{output ?? "/dev/null"}' 2>'{errors}' </dev/null", "sh", .. measured]);
        return new Observer(Process.Start(start)!, report, errors, output);
    }

    /// <summary>Waits until the file is there, or fails with what the process said.</summary>
    public Observer UntilReady(string readyFile) => Until(() => File.Exists(readyFile), "ready");

    /// <summary>Waits until its kept output holds a text.</summary>
    public Observer UntilPrinted(string text) => Until(() => SoFar().Contains(text, StringComparison.Ordinal), $"as far as printing {text}");

    /// <summary>The command's own process id.</summary>
    public int Command => ProcessSignal.ChildOf(_process.Id);

    /// <summary>What it has printed so far.</summary>
    public string SoFar() => _output is not null && File.Exists(_output) ? ReadShared(_output) : "";

    /// <summary>Sends a signal to the command.</summary>
    public void Signal(int signal) => ProcessSignal.Send(_process.Id, signal);

    /// <summary>SIGINT, then <see cref="Finish"/>.</summary>
    public Usage Stop()
    {
        Signal(ProcessSignal.Interrupt);
        return Finish();
    }

    /// <summary>Awaits its end.</summary>
    public Usage Finish()
    {
        if (!_process.WaitForExit(Longest))
        {
            throw new InvalidOperationException($"it did not end within {Longest.TotalSeconds:0} s: {Complaint()}");
        }

        var figures = File.ReadAllText(_report).Split(' ');
        return new Usage(
            long.Parse(figures[0], CultureInfo.InvariantCulture),
            TimeSpan.FromMicroseconds(long.Parse(figures[1], CultureInfo.InvariantCulture)),
            _process.ExitCode,
            SoFar());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Signal(ProcessSignal.Terminate);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private Observer Until(Func<bool> condition, string what)
    {
        var since = Stopwatch.StartNew();
        while (!condition())
        {
            if (_process.HasExited || since.Elapsed > Longest)
            {
                throw new InvalidOperationException($"it never got {what}: {Complaint()}");
            }

            Thread.Sleep(5);
        }

        return this;
    }

    private string Complaint() => File.Exists(_errors) ? File.ReadAllText(_errors).Trim() : "";

    private static string ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
