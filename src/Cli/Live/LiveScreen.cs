using System.Text;

namespace Sonde.Cli;

/// <summary>
/// Redraws a block of lines in place on a terminal. The block is part of the scrollback like any other output: no alternate screen, and the cursor is
/// never hidden, so that nothing needs to be restored however the process ends.
/// </summary>
internal sealed class LiveScreen(TextWriter terminal, bool plain)
{
    private const string Bold = "\u001b[1m";
    private const string Normal = "\u001b[0m";
    private const string ClearLine = "\u001b[K";
    private const string ClearBelow = "\u001b[J";

    private int _drawn;

    /// <summary>Draws over what was drawn before. The cursor stays below the block, at the beginning of a line.</summary>
    /// <param name="lines">No longer than the terminal is wide, or they would wrap and the block would move.</param>
    public void Draw(IReadOnlyList<string> lines)
    {
        var text = new StringBuilder();
        Back(text);
        for (var i = 0; i < lines.Count; i++)
        {
            text.Append(i == 0 && !plain ? $"{Bold}{lines[i]}{Normal}" : lines[i]).Append(ClearLine).Append('\n');
        }

        text.Append(ClearBelow);
        _drawn = lines.Count;
        Write(text);
    }

    /// <summary>Takes the block away: what comes next stands in its place.</summary>
    public void Clear()
    {
        var text = new StringBuilder();
        Back(text);
        _drawn = 0;
        Write(text.Append(ClearBelow));
    }

    /// <summary>UTF-8 text that stays.</summary>
    public void Write(ReadOnlySpan<byte> text) => Write(new StringBuilder(Encoding.UTF8.GetString(text)));

    private void Back(StringBuilder text)
    {
        text.Append('\r');
        if (_drawn > 0)
        {
            text.Append("\u001b[").Append(_drawn).Append('A');
        }
    }

    private void Write(StringBuilder text)
    {
        terminal.Write(text);
        terminal.Flush();
    }
}
