using Sonde.Protocol;
using Sonde.Tracing;
using Sonde.Tracing.Decoding;

namespace Sonde.Cli;

/// <summary>Carries events from the ring's reader to whoever shows them; a slow terminal or pipe never holds the reader up.</summary>
internal sealed class LiveTrace(TracePresenter presenter, Interruption interruption) : ITraceSink
{
    private readonly EventQueue _events = new();
    private TraceProgress? _progress;

    /// <summary>Whether whoever read standard output has gone (<c>| head</c>).</summary>
    public bool ReaderLeft { get; private set; }

    /// <inheritdoc/>
    public bool WantsProgress => presenter.ShowsProgress;

    /// <inheritdoc/>
    public void OnRecord(string key, EventDecoder decoder, ReadOnlySpan<byte> record, long windowEndNs) => _events.OnRecord(key, decoder, record, windowEndNs);

    /// <inheritdoc/>
    public void OnProgress(TraceProgress progress) => Volatile.Write(ref _progress, progress);

    /// <summary>Shows events as they come, and the result at the end of the window or of an interruption.</summary>
    public async Task<ProgramResult> FollowAsync(ITraceSession session)
    {
        var tracing = CompleteAsync(session);
        try
        {
            await Task.Run(() => _events.Follow((_, traceEvent) => presenter.Event(traceEvent), Pause)).ConfigureAwait(false);
            var result = await tracing.ConfigureAwait(false);
            presenter.End(result, _events.Refused);
            return result;
        }
        catch (IOException)
        {
            ReaderLeft = true;
            interruption.Stop();
            return await tracing.ConfigureAwait(false);
        }
    }

    private void Pause()
    {
        if (Interlocked.Exchange(ref _progress, null) is { } progress)
        {
            presenter.Progress(progress);
        }

        presenter.Pause();
    }

    private async Task<ProgramResult> CompleteAsync(ITraceSession session)
    {
        try
        {
            var results = await Task.Run(() => session.CompleteAsync(interruption.Token)).ConfigureAwait(false);
            return results.Values.Single();
        }
        finally
        {
            _events.Complete();
        }
    }
}
