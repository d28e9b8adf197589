using System.Buffers;
using Sonde.Protocol;
using Sonde.Tracing;

namespace Sonde.Cli;

/// <summary>How a running trace is shown; one thread calls it.</summary>
internal abstract class TracePresenter
{
    /// <summary>Whether it wants figures while the trace runs.</summary>
    public virtual bool ShowsProgress => false;

    /// <summary>One event, in the order of arrival.</summary>
    public abstract void Event(TraceEvent traceEvent);

    /// <summary>The latest figures.</summary>
    public virtual void Progress(TraceProgress progress)
    {
    }

    /// <summary>Nothing is there to show at the moment; comes many times a second.</summary>
    public abstract void Pause();

    /// <summary>The end.</summary>
    /// <param name="result">The program's.</param>
    /// <param name="notPrinted">Delivered events that were not shown, because they came too fast.</param>
    public abstract void End(ProgramResult result, long notPrinted);
}

/// <summary>A line an event, into a file or a pipe: what other programs read.</summary>
internal sealed class LinePresenter(EventWriter writer, Stream output) : TracePresenter
{
    private const int FlushSize = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(FlushSize);

    public override void Event(TraceEvent traceEvent)
    {
        writer.Event(_buffer, traceEvent);
        if (_buffer.WrittenCount >= FlushSize)
        {
            Pause();
        }
    }

    public override void Pause()
    {
        output.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    public override void End(ProgramResult result, long notPrinted)
    {
        writer.Result(_buffer, result, notPrinted);
        Pause();
    }
}

/// <summary>Figures and the latest events, redrawn in place; at the end the result stands there instead.</summary>
internal sealed class TerminalPresenter(LiveView view, LiveScreen screen, ProgramRequest request, Func<(int Width, int Height)> size) : TracePresenter
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    private readonly string _targetName = EventWriter.TargetName(request);
    private readonly ArrayBufferWriter<byte> _ending = new();
    private long _drawnAt;

    public override bool ShowsProgress => true;

    public override void Event(TraceEvent traceEvent)
    {
        view.Add(EventWriter.Line(traceEvent, _targetName));

        // Events without a pause must not keep the figures from being seen.
        Pause();
    }

    public override void Progress(TraceProgress progress) => view.Show(progress);

    public override void Pause()
    {
        if (Environment.TickCount64 - _drawnAt >= Between.TotalMilliseconds)
        {
            var (width, height) = size();
            screen.Draw(view.Lines(width, height));
            _drawnAt = Environment.TickCount64;
        }
    }

    public override void End(ProgramResult result, long notPrinted)
    {
        screen.Clear();
        EventWriter.For(request, json: false).Result(_ending, result, notPrinted: 0);
        screen.Write(_ending.WrittenSpan);
    }
}
