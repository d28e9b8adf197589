using System.Text;
using Sonde.Commands;

namespace Sonde.Tests.Commands;

public sealed class OutputCaptureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    public void Head_and_tail_are_kept_whatever_the_pieces(int piece)
    {
        var bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 100).Select(static i => $"{i % 10}")));
        var capture = Fill(bytes, piece, capacity: 20);

        Assert.Equal(100, capture.Total);
        Assert.Equal("0123456789\n[... 80 bytes left out ...]\n0123456789", capture.ToText(20, out var cut));
        Assert.True(cut);
        Assert.Equal("0123\n[... 92 bytes left out ...]\n6789", capture.ToText(8, out _));
    }

    [Fact]
    public void All_is_kept_up_to_the_capacity()
    {
        var capture = Fill("0123456789"u8, 4, capacity: 10);

        Assert.Equal("0123456789", capture.ToText(10, out var cut));
        Assert.False(cut);
        Assert.Equal("01\n[... 6 bytes left out ...]\n89", capture.ToText(4, out cut));
        Assert.True(cut);
    }

    [Fact]
    public void A_cut_never_splits_a_character()
    {
        var capture = Fill(Encoding.UTF8.GetBytes("a" + new string('€', 40)), 7, capacity: 40);

        var text = capture.ToText(40, out _);

        Assert.DoesNotContain("\\x", text, StringComparison.Ordinal);
        Assert.StartsWith("a€€€€€€\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n€€€€€€", text, StringComparison.Ordinal);
        Assert.Contains($"{121 - 19 - 18} bytes left out", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_falls_on_a_line_break_where_one_is_near()
    {
        var capture = Fill("first\nsecond\nthird\nfourth\nfifth\nsixth\n"u8, 64, capacity: 32);

        Assert.Equal("first\nsecond\n[... 13 bytes left out ...]\nfifth\nsixth\n", capture.ToText(32, out _));
    }

    private static OutputCapture Fill(ReadOnlySpan<byte> bytes, int piece, int capacity)
    {
        var capture = new OutputCapture(capacity);
        for (var at = 0; at < bytes.Length; at += piece)
        {
            capture.Append(bytes[at..Math.Min(bytes.Length, at + piece)]);
        }

        return capture;
    }
}
