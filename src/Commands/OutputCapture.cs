using System.Globalization;

namespace Sonde.Commands;

/// <summary>
/// One stream of a command in bounded memory: the first bytes, the last bytes, and the exact number of all. It accepts any amount, so that a
/// command never stalls on a full pipe.
/// </summary>
internal sealed class OutputCapture
{
    private const int LongestWord = 16 * 1024;

    private readonly int _half;
    private byte[] _head = [];
    private int _headLength;
    private byte[] _tail = [];
    private long _tailTotal;

    /// <param name="capacity">Most bytes kept.</param>
    public OutputCapture(int capacity) => _half = capacity / 2;

    /// <summary>Bytes seen.</summary>
    public long Total => _headLength + _tailTotal;

    /// <summary>Takes the next bytes of the stream.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var toHead = Math.Min(bytes.Length, _half - _headLength);
        if (toHead > 0)
        {
            if (_headLength + toHead > _head.Length)
            {
                Array.Resize(ref _head, Math.Min(_half, Math.Max(_head.Length * 2, _headLength + toHead)));
            }

            bytes[..toHead].CopyTo(_head.AsSpan(_headLength));
            _headLength += toHead;
            bytes = bytes[toHead..];
        }

        while (!bytes.IsEmpty)
        {
            if (_tail.Length == 0)
            {
                _tail = new byte[_half];
            }

            // A ring: the byte of stream position p behind the head lies at p modulo its size.
            var at = (int)(_tailTotal % _tail.Length);
            var count = Math.Min(bytes.Length, _tail.Length - at);
            bytes[..count].CopyTo(_tail.AsSpan(at));
            _tailTotal += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>The stream as safe text; beyond <paramref name="limit"/> bytes its middle is left out, and the gap says how much.</summary>
    /// <param name="limit">Most bytes of the stream in the text, at most the capacity.</param>
    /// <param name="cut">Whether anything was left out.</param>
    public string ToText(int limit, out bool cut)
    {
        var head = _head.AsSpan(0, _headLength);
        var tail = LinearTail();
        cut = Total > limit;
        if (!cut)
        {
            return OutputText.FromBytes([.. head, .. tail]);
        }

        var half = Math.Min(limit / 2, _half);
        var first = Beginning(head[..Math.Min(half, head.Length)]);
        var last = tail.Length >= half ? tail[^half..] : [.. head[^(half - tail.Length)..], .. tail];
        last = End(last);
        var leftOut = Total - first.Length - last.Length;
        var lineBreak = first.EndsWith("\n"u8) ? "" : "\n";
        return string.Create(CultureInfo.InvariantCulture, $"{OutputText.FromBytes(first)}{lineBreak}[... {leftOut} bytes left out ...]\n{OutputText.FromBytes(last)}");
    }

    private ReadOnlySpan<byte> LinearTail()
    {
        if (_tailTotal <= _tail.Length)
        {
            return _tail.AsSpan(0, (int)_tailTotal);
        }

        var oldest = (int)(_tailTotal % _tail.Length);
        return (byte[])[.. _tail.AsSpan(oldest), .. _tail.AsSpan(0, oldest)];
    }

    // Cuts fall on a line break or else a blank where one is near, and never inside a character: half a word may be half a secret, which nobody could tell.
    private static ReadOnlySpan<byte> Beginning(ReadOnlySpan<byte> bytes)
    {
        var line = bytes.LastIndexOf((byte)'\n');
        if (line >= bytes.Length / 2)
        {
            return bytes[..(line + 1)];
        }

        var blank = bytes.LastIndexOfAny((byte)' ', (byte)'\t');
        if (blank >= 0 && bytes.Length - blank <= LongestWord)
        {
            return bytes[..(blank + 1)];
        }

        var end = bytes.Length;
        while (end > 0 && bytes.Length - end < 3 && IsContinuation(bytes[end - 1]))
        {
            end--;
        }

        return end > 0 && bytes[end - 1] >= 0xc0 ? bytes[..(end - 1)] : bytes;
    }

    private static ReadOnlySpan<byte> End(ReadOnlySpan<byte> bytes)
    {
        var line = bytes.IndexOf((byte)'\n');
        if (line >= 0 && line < bytes.Length / 2)
        {
            return bytes[(line + 1)..];
        }

        var blank = bytes.IndexOfAny((byte)' ', (byte)'\t');
        if (blank >= 0 && blank < LongestWord)
        {
            return bytes[(blank + 1)..];
        }

        var start = 0;
        while (start < 3 && start < bytes.Length && IsContinuation(bytes[start]))
        {
            start++;
        }

        return bytes[start..];
    }

    private static bool IsContinuation(byte value) => (value & 0xc0) == 0x80;
}
