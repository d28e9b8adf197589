using System.Text;
using Sonde.Tracing.Decoding;

namespace Sonde.Tests.Tracing;

public sealed class TextTests
{
    [Theory]
    [InlineData("plain/path.txt", "plain/path.txt")]
    [InlineData("grüße", "grüße")]
    [InlineData("a\u001b[31mred", "a\\x1b[31mred")]
    [InlineData("rtl\u202eevil", "rtl\\xe2\\x80\\xaeevil")]
    [InlineData("line\nbreak", "line\\x0abreak")]
    public void Kernel_text_is_readable_and_never_moves_a_cursor(string given, string expected) =>
        Assert.Equal(expected, Text.FromKernel(Encoding.UTF8.GetBytes(given)));

    [Fact]
    public void Kernel_text_ends_at_its_zero_byte() => Assert.Equal("comm", Text.FromKernel("comm\0rubbish"u8));

    [Fact]
    public void Bytes_that_are_no_text_are_escaped() => Assert.Equal("a\\xff\\xfeb", Text.FromKernel([(byte)'a', 0xff, 0xfe, (byte)'b']));

    [Fact]
    public void Numbers_beyond_a_double_travel_as_strings()
    {
        Assert.Equal("9007199254740992", Text.Number(1L << 53, signed: true).ToJsonString());
        Assert.Equal("\"9007199254740993\"", Text.Number((1L << 53) + 1, signed: true).ToJsonString());
        Assert.Equal("\"18446744073709551615\"", Text.Number(-1, signed: false).ToJsonString());
        Assert.Equal("-1", Text.Number(-1, signed: true).ToJsonString());
    }
}
