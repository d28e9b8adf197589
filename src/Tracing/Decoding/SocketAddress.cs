using System.Buffers.Binary;
using System.Net;
using Sonde.Kernel;

namespace Sonde.Tracing.Decoding;

/// <summary>Socket addresses as text: <c>ip:port</c>, <c>[v6]:port</c>, a unix path.</summary>
internal static class SocketAddress
{
    public const int AfUnix = 1;
    public const int AfInet = 2;
    public const int AfInet6 = 10;

    /// <summary>Length of the largest one worth reading: <c>sockaddr_un</c>.</summary>
    public const int LargestSize = 110;

    /// <summary>Length of the largest of the internet: <c>sockaddr_in6</c>.</summary>
    public const int LargestInternetSize = 28;

    /// <summary>An internet address and a port in host order.</summary>
    public static string Endpoint(ReadOnlySpan<byte> address, int port)
    {
        var ip = new IPAddress(address);
        if (ip.IsIPv4MappedToIPv6)
        {
            ip = ip.MapToIPv4();
        }

        return address.Length == 16 && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{ip}]:{port}" : $"{ip}:{port}";
    }

    /// <summary>A <c>struct sockaddr</c> as user space gave it. Null where it is too short for its family or of another family.</summary>
    public static string? FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
        {
            return null;
        }

        switch (BinaryPrimitives.ReadUInt16LittleEndian(bytes))
        {
            case AfInet when bytes.Length >= 8:
                return Endpoint(bytes.Slice(4, 4), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
            case AfInet6 when bytes.Length >= 24:
                return Endpoint(bytes.Slice(8, 16), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
            case AfUnix when bytes.Length > 2:
                var path = bytes[2..];
                return path[0] == 0 ? "@" + Text.FromKernel(path[1..].TrimEnd((byte)0)) : Text.FromKernel(path);
            case AfUnix:
                return "(unnamed)";
            default:
                return null;
        }
    }

    /// <summary>The family's number, or -1 where there is none to read.</summary>
    public static int Family(ReadOnlySpan<byte> bytes) => bytes.Length >= 2 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : -1;

    /// <summary>The family as the contract names it: <c>ipv4</c>, <c>ipv6</c>, <c>unix</c>, others by their constant without <c>AF_</c>.</summary>
    public static string FamilyName(int family) => family switch
    {
        AfInet => "ipv4",
        AfInet6 => "ipv6",
        0 => "unspecified",
        _ => FlagNames.SocketFamily(family) is ['A', 'F', '_', .. var name] ? name.ToLowerInvariant() : FlagNames.SocketFamily(family),
    };
}
