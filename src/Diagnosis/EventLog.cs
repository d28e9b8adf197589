using System.Threading.Channels;
using Sonde.Protocol;
using Sonde.Redaction;
using Sonde.Tracing;

namespace Sonde.Diagnosis;

/// <summary>
/// Keeps every delivered event of a round as NDJSON, one file a program. A slow disk never holds up the ring buffer's reader: what it can't take is counted.
/// </summary>
internal sealed class EventLog : ITraceSink, IAsyncDisposable
{
    private const int MostWaiting = 16 << 10;
    private const long LargestFile = 256L << 20;

    private readonly SessionFolder _folder;
    private readonly RoundFiles _files;
    private readonly Redactor _redactor;
    private readonly Channel<(string Key, TraceEvent Event)> _waiting;
    private readonly Task _writing;
    private long _left;

    public EventLog(SessionFolder folder, RoundFiles files, Redactor redactor)
    {
        (_folder, _files, _redactor) = (folder, files, redactor);
        _waiting = Channel.CreateBounded<(string, TraceEvent)>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
        _writing = folder.Path is null ? Task.CompletedTask : Task.Run(WriteAsync);
    }

    /// <summary>Events that are in no file; exact once disposed.</summary>
    public long Left => Interlocked.Read(ref _left);

    /// <inheritdoc/>
    public void OnEvent(string key, TraceEvent traceEvent)
    {
        if (_folder.Path is not null && !_waiting.Writer.TryWrite((key, traceEvent)))
        {
            Interlocked.Increment(ref _left);
        }
    }

    /// <summary>Waits until everything taken is written.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        var open = new Dictionary<string, StreamWriter?>();
        await foreach (var (key, traceEvent) in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (!open.TryGetValue(key, out var writer))
            {
                open[key] = writer = _folder.Open(_files.EventFile(key)) is { } stream ? new StreamWriter(stream) : null;
            }

            if (writer is null || writer.BaseStream.Position > LargestFile)
            {
                Interlocked.Increment(ref _left);
            }
            else if (!Try(key, () => writer.WriteLine(ProtocolJson.Write(_redactor.Redact(traceEvent)))))
            {
                open[key] = null;
                Interlocked.Increment(ref _left);
            }
        }

        foreach (var (key, writer) in open)
        {
            Try(key, () => writer?.Dispose());
        }
    }

    private bool Try(string key, Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception e)
        {
            // Keeping events must never cost the round that gathered them.
            _folder.Failed(_files.EventFile(key), e);
            return false;
        }
    }
}
