using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Sonde.Kernel;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>A <c>struct sk_buff *</c>: its length, and the ends that its headers name.</summary>
internal static class Packets
{
    private const int Tcp = 6;
    private const int Udp = 17;

    /// <summary>Packets that are dropped or consumed: which, and where in the kernel.</summary>
    public static void AddDropped(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        MemoryPages.AddLocation(layout, kernel, format);
        if (format?.Field("skbaddr") is { } packet)
        {
            TryAdd(layout, "packet", packet.Offset);
            layout.Decode((_, data) =>
            {
                data.Remove("skbaddr");
                data.Remove("rx_sk");
            });
        }
    }

    /// <summary>Adds the packet behind a pointer.</summary>
    public static bool TryAdd(EventLayout layout, string name, int offset)
    {
        var size = Unsafe.SizeOf<WirePacket>();
        if (!layout.HasRoom(size))
        {
            return false;
        }

        var fetch = layout.Fetch(FetchKind.Packet, offset, size);
        layout.Decode((raw, data) =>
        {
            if (raw.TryFetched(fetch, out var bytes))
            {
                SetPacket(data, MemoryMarshal.AsRef<WirePacket>(bytes), name);
            }
        });
        return true;
    }

    /// <summary>What the headers say; a socket's own ends, told before, stay.</summary>
    internal static void SetPacket(JsonObject data, in WirePacket packet, string name)
    {
        data[name + "_length"] = packet.Length;
        ReadOnlySpan<byte> network = packet.Network;
        var version = network[0] >> 4;
        if (version is not (4 or 6) || data.ContainsKey("source"))
        {
            return;
        }

        var protocol = version == 4 ? network[9] : network[6];
        var source = version == 4 ? network.Slice(12, 4) : network.Slice(8, 16);
        var destination = version == 4 ? network.Slice(16, 4) : network.Slice(24, 16);
        data["family"] = version == 4 ? "ipv4" : "ipv6";
        ReadOnlySpan<byte> ports = packet.Ports;
        if (protocol is Tcp or Udp && BinaryPrimitives.ReadUInt32LittleEndian(ports) != 0)
        {
            data["protocol"] = protocol == Tcp ? "tcp" : "udp";
            data["source"] = SocketAddress.Endpoint(source, BinaryPrimitives.ReadUInt16BigEndian(ports));
            data["destination"] = SocketAddress.Endpoint(destination, BinaryPrimitives.ReadUInt16BigEndian(ports[2..]));
            return;
        }

        data["source"] = new System.Net.IPAddress(source).ToString();
        data["destination"] = new System.Net.IPAddress(destination).ToString();
    }
}
