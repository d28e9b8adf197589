using System.Runtime.InteropServices;

namespace Sonde.Cli;

/// <summary>SIGINT, SIGTERM and SIGHUP as a cancellation. A second one ends the process at once: the kernel detaches what was attached.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    /// <param name="announce">Called on the first signal.</param>
    public Interruption(Action announce)
    {
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Handle))];

        void Handle(PosixSignalContext context)
        {
            // Not handled means the signal's own effect: the end.
            context.Cancel = Interlocked.Increment(ref _signals) == 1;
            if (context.Cancel)
            {
                announce();
                _source.Cancel();
            }
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether a signal came.</summary>
    public bool Happened => _source.IsCancellationRequested;

    /// <summary>Ends as if a signal had come.</summary>
    public void Stop() => _source.Cancel();

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }
}
