using System.Threading.Channels;
using Sonde.Protocol;
using Sonde.Tracing;

namespace Sonde.Cli;

/// <summary>Carries events from the reader's thread to standard output; a slow terminal never holds the reader up.</summary>
internal sealed class LiveTrace(EventWriter writer, Interruption interruption) : ITraceSink
{
    private const int MostWaiting = 32 * 1024;

    private readonly Channel<TraceEvent> _events = Channel.CreateBounded<TraceEvent>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private long _notShown;

    /// <summary>Whether whoever read standard output has gone (<c>| head</c>).</summary>
    public bool ReaderLeft { get; private set; }

    /// <inheritdoc/>
    public void OnEvent(string key, TraceEvent traceEvent)
    {
        if (!_events.Writer.TryWrite(traceEvent))
        {
            Interlocked.Increment(ref _notShown);
        }
    }

    /// <summary>Writes events as they come, and the result at the end of the window or of an interruption.</summary>
    public async Task<ProgramResult> FollowAsync(ITraceSession session)
    {
        var tracing = CompleteAsync(session);
        using var stdout = StandardOutput.Open();
        try
        {
            while (await _events.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (_events.Reader.TryRead(out var traceEvent))
                {
                    writer.Event(stdout, traceEvent);
                }

                await stdout.FlushAsync().ConfigureAwait(false);
            }

            var result = WithNotShown(await tracing.ConfigureAwait(false));
            writer.Result(stdout, result);
            await stdout.FlushAsync().ConfigureAwait(false);
            return result;
        }
        catch (IOException)
        {
            ReaderLeft = true;
            interruption.Stop();
            return await tracing.ConfigureAwait(false);
        }
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
            _events.Writer.Complete();
        }
    }

    private ProgramResult WithNotShown(ProgramResult result) => Interlocked.Read(ref _notShown) is var count and > 0
        ? result with { Notes = [.. result.Notes, $"{count} delivered events were not printed: the output was read too slowly; counts and statistics include them"] }
        : result;
}
