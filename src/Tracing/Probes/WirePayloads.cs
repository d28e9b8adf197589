using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sonde.Tracing.Probes;

/// <summary><c>struct sonde_packet</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WirePacket
{
    public uint Length;
    public ushort Protocol;
    public ushort Pad;
    public WireNetworkHeader Network;
    public WirePorts Ports;
    public uint Pad2;
}

[InlineArray(40)]
internal struct WireNetworkHeader
{
    private byte _first;
}

[InlineArray(4)]
internal struct WirePorts
{
    private byte _first;
}

/// <summary><c>enum sonde_dns_from</c>.</summary>
internal enum DnsFrom : ushort
{
    None,
    Buffer,
    Vectors,
    Message,
    Messages,
    Function,
}

/// <summary><c>struct sonde_dns_plan</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireDnsPlan
{
    public DnsFrom From;
    public ushort Arguments;
    public ushort Out;
    public ushort HasName;
    public ushort NameAt;
    public ushort TypeAt;
    public ushort BufferAt;
    public ushort VectorsAt;
    public byte HasBuffers;
    public byte BufferType;
    public byte VectorsType;
    public byte VectorsMask;
    public uint Pad;
}

/// <summary><c>struct sonde_question</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireQuestion
{
    public ulong AnsweredNs;
    public ushort Length;
    public ushort Flags;
    public ushort Id;
    public ushort At;
    public WirePayload Payload;
}

[InlineArray(Wire.DnsSize)]
internal struct WirePayload
{
    private byte _first;
}

/// <summary><c>struct sonde_dns</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireDns
{
    public ulong Socket;
    public ushort IsStream;
    public ushort Count;
    public ushort Answered;
    public ushort Pad;
    public WireQuestions Questions;
}

[InlineArray(Wire.DnsQuestions)]
internal struct WireQuestions
{
    private WireQuestion _first;
}
