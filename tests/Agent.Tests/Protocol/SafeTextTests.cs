using System.Text;
using Sonde.Protocol;

namespace Sonde.Tests.Protocol;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain\ttext\n", "plain\ttext\n")]
    [InlineData("dos\r\nlines\r\n", "dos\nlines\n")]
    [InlineData("progress\rbar", "progress\\rbar")]
    [InlineData("\u001b]0;title\u0007", "\\x1b]0;title\\x07")]
    [InlineData("bidi \u202e and \u0085", "bidi \\u{202e} and \\u{85}")]
    [InlineData("größe 大小 🐝", "größe 大小 🐝")]
    public void Output_keeps_its_lines_and_shows_what_is_hidden(string text, string expected) =>
        Assert.Equal(expected, SafeText.FromBytes(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Bytes_that_are_no_UTF8_are_shown_one_by_one() =>
        Assert.Equal("a\\xc3\\x28\\xff", SafeText.FromBytes([(byte)'a', 0xc3, (byte)'(', 0xff]).Replace("(", "\\x28", StringComparison.Ordinal));

    [Fact]
    public void A_line_stays_one_line() =>
        Assert.Equal("two\\nlines\\x1b[2J", SafeText.Line("two\nlines\u001b[2J"));
}
