using Sonde.Protocol;
using Sonde.Redaction;
using Sonde.Tracing;
using Sonde.Tracing.Decoding;

namespace Sonde.Diagnosis;

/// <summary>
/// Keeps every delivered event of a round as NDJSON, one file a program. A slow disk never holds up the ring buffer's reader: what it can't take is counted.
/// </summary>
internal sealed class EventLog : ITraceSink, IAsyncDisposable
{
    private const long LargestFile = 256L << 20;

    private readonly SessionFolder _folder;
    private readonly RoundFiles _files;
    private readonly Redactor _redactor;
    private readonly EventQueue _waiting = new();
    private readonly Dictionary<string, StreamWriter?> _open = [];
    private readonly Task _writing;
    private long _left;

    public EventLog(SessionFolder folder, RoundFiles files, Redactor redactor)
    {
        (_folder, _files, _redactor) = (folder, files, redactor);
        _writing = folder.Path is null ? Task.CompletedTask : Task.Run(() => _waiting.Follow(Write, static () => { }));
    }

    /// <summary>Events that are in no file; exact once disposed.</summary>
    public long Left => _left + _waiting.Refused;

    /// <inheritdoc/>
    public void OnRecord(string key, EventDecoder decoder, ReadOnlySpan<byte> record, long windowEndNs)
    {
        if (_folder.Path is not null)
        {
            _waiting.OnRecord(key, decoder, record, windowEndNs);
        }
    }

    /// <summary>Waits until everything taken is written.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Complete();
        await _writing.ConfigureAwait(false);
        foreach (var (key, writer) in _open)
        {
            Try(key, () => writer?.Dispose());
        }
    }

    private void Write(string key, TraceEvent traceEvent)
    {
        if (!_open.TryGetValue(key, out var writer))
        {
            _open[key] = writer = _folder.Open(_files.EventFile(key)) is { } stream ? new StreamWriter(stream) : null;
        }

        if (writer is null || writer.BaseStream.Position > LargestFile)
        {
            _left++;
        }
        else if (!Try(key, () => writer.WriteLine(ProtocolJson.Write(_redactor.Redact(traceEvent)))))
        {
            _open[key] = null;
            _left++;
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
