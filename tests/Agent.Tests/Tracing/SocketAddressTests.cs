using Sonde.Tracing.Decoding;

namespace Sonde.Tests.Tracing;

public sealed class SocketAddressTests
{
    [Fact]
    public void Ipv4_is_address_and_port() =>
        Assert.Equal("127.0.0.1:5999", SocketAddress.FromBytes([2, 0, 0x17, 0x6f, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]));

    [Fact]
    public void Ipv6_is_bracketed()
    {
        var bytes = new byte[28];
        bytes[0] = 10;
        (bytes[2], bytes[3]) = (0x1f, 0x90);
        bytes[23] = 1;

        Assert.Equal("[::1]:8080", SocketAddress.FromBytes(bytes));
    }

    [Fact]
    public void Unix_sockets_are_paths_abstract_ones_with_an_at_sign()
    {
        Assert.Equal("/run/db.sock", SocketAddress.FromBytes([1, 0, .. "/run/db.sock\0"u8]));
        Assert.Equal("@abstract", SocketAddress.FromBytes([1, 0, 0, .. "abstract"u8]));
        Assert.Equal("(unnamed)", SocketAddress.FromBytes([1, 0]));
    }

    [Fact]
    public void What_is_too_short_or_unknown_is_nothing()
    {
        Assert.Null(SocketAddress.FromBytes([]));
        Assert.Null(SocketAddress.FromBytes([2, 0, 1]));
        Assert.Null(SocketAddress.FromBytes([99, 0, 1, 2, 3, 4, 5, 6, 7, 8]));
    }
}
