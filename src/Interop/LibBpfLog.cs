using System.Runtime.InteropServices;
using System.Text;

namespace Sonde.Interop;

/// <summary>Collects what libbpf says on this thread while it is open: the verifier's reasons are only told there.</summary>
internal sealed unsafe class LibBpfLog : IDisposable
{
    [ThreadStatic] private static LibBpfLog? _current;

    private readonly StringBuilder _text = new();
    private readonly LibBpfLog? _outer;

    static LibBpfLog() => LibBpf.sonde_set_libbpf_log(&OnMessage);

    public LibBpfLog()
    {
        _outer = _current;
        _current = this;
    }

    /// <summary>All messages so far but for debugging ones.</summary>
    public string Text => _text.ToString();

    /// <summary>The last lines that the verifier or libbpf said, without the statistics that end a log.</summary>
    public string LastLines(int count)
    {
        var lines = Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.StartsWith("processed ", StringComparison.Ordinal)
                && !line.StartsWith("libbpf: failed to load object", StringComparison.Ordinal)
                && !line.Contains("PROG LOAD LOG --", StringComparison.Ordinal));
        return string.Join("; ", lines.TakeLast(count));
    }

    public void Dispose() => _current = _outer;

    [UnmanagedCallersOnly(CallConvs = [])]
    private static void OnMessage(byte* message, int length)
    {
        try
        {
            _current?._text.Append(Encoding.UTF8.GetString(message, length));
        }
#pragma warning disable CA1031 // An exception must not unwind through libbpf's frames.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
