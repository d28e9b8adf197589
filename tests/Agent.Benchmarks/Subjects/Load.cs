using System.Diagnostics;
using System.Globalization;

namespace Sonde.Benchmarks.Subjects;

/// <summary>The getppid loop on its own CPU (native/load.c); one process for a whole comparison.</summary>
internal sealed class Load : IDisposable
{
    private readonly Process _process;

    public Load(Workshop workshop, int cpu)
    {
        _process = Process.Start(new ProcessStartInfo(workshop.Tool("load"), [cpu.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    public int ProcessId => _process.Id;

    /// <summary>Calls made so far.</summary>
    public long Made { get; private set; }

    /// <summary>Calls of the last run.</summary>
    public long LastRun { get; private set; }

    /// <summary>Nanoseconds a call: the median of the chunks.</summary>
    public double Run(int calls, int chunks)
    {
        Begin(calls, chunks);
        return Finish();
    }

    /// <summary>Starts a run whose end <see cref="Finish"/> awaits.</summary>
    public void Begin(int calls, int chunks)
    {
        _process.StandardInput.WriteLine($"{calls} {chunks}");
        _process.StandardInput.Flush();
    }

    public double Finish()
    {
        var answer = _process.StandardOutput.ReadLine()?.Split(' ') ?? throw new InvalidOperationException("the load has ended");
        var made = long.Parse(answer[1], CultureInfo.InvariantCulture);
        (LastRun, Made) = (made - Made, made);
        return double.Parse(answer[0], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
