using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sonde.Tracing.Probes;

/// <summary>Constants of <c>bpf/wire.h</c>.</summary>
internal static class Wire
{
    public const int MaxFetches = 16;
    public const int MaxDerefs = 4;
    public const int MaxData = 4096;
    public const int Comm = 16;
    public const int Seconds = 301;
    public const int LatencySlots = 64;
    public const int ArgvCount = 16;
    public const int ArgvSize = 128;
    public const int PathSize = 1280;
    public const int PathCut = 0x4000;
    public const int MaxConditions = 2;
    public const int DnsQuestions = 2;
    public const int DnsSize = 280;
    public const ushort NoOffset = 0xffff;
    public const int Stacks = 2048;
    public const int StackDepth = 64;
    public const int BuildId = 20;
    public const int KeyParts = 5;
    public const int MaxKey = 128;
}

/// <summary><c>enum sonde_fetch_kind</c>.</summary>
internal enum FetchKind : byte
{
    Bytes = 1,
    String,
    Dynamic,
    Relative,
    Argv,
    Task,
    File,
    Path,
    Dentry,
    Packet,
}

/// <summary><c>SONDE_FETCH_*</c> flags.</summary>
[Flags]
internal enum FetchFlags : byte
{
    None = 0,
    User = 1,
    Retry = 2,
    Either = 4,
    Late = 8,
}

/// <summary><c>SONDE_FILTER_*</c>.</summary>
[Flags]
internal enum FilterSet : uint
{
    None = 0,
    Pid = 1,
    Tid = 2,
    Ppid = 4,
    Comm = 8,
    Uid = 16,
    Cgroup = 32,
    MinLatency = 64,
    Errors = 128,
    NotAgent = 256,
}

/// <summary><c>SONDE_SEND_*</c>.</summary>
internal enum SendMode : uint
{
    None,
    Sample,
    All,
}

/// <summary><c>struct sonde_fetch</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireFetch
{
    public FetchKind Kind;
    public FetchFlags Flags;
    public byte Derefs;
    public byte Pad;
    public ushort Source;
    public ushort Out;
    public ushort Size;
    public ushort LengthSource;
    public WireOffsets Offsets;
    public ushort Pad2;
}

[InlineArray(Wire.MaxDerefs + 1)]
internal struct WireOffsets
{
    private ushort _first;
}

/// <summary><c>struct sonde_filter</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireFilter
{
    public FilterSet Set;
    public uint Pid;
    public uint Tid;
    public uint Ppid;
    public uint Uid;
    public uint AgentPid;
    public uint PidNamespace;
    public uint CgroupLevel;
    public ulong Cgroup;
    public ulong MinLatencyNs;
    public WireComm Comm;
}

[InlineArray(Wire.Comm)]
internal struct WireComm
{
    private byte _first;
}

/// <summary><c>struct sonde_condition</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireCondition
{
    public ushort Offset;
    public ushort Size;
    public uint Differs;
    public ulong Value;
}

[InlineArray(Wire.MaxConditions)]
internal struct WireConditions
{
    private WireCondition _first;
}

/// <summary><c>SONDE_PAIR_*</c>.</summary>
internal enum PairKind : uint
{
    None,
    Call,
    Fields,
}

/// <summary><c>struct sonde_field</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireField
{
    public ushort Offset;
    public ushort Size;
}

[InlineArray(2)]
internal struct WirePairKey
{
    private WireField _first;
}

/// <summary><c>struct sonde_pair</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WirePair
{
    public PairKind Kind;
    public ushort ByCpu;
    public ushort Out;
    public ushort Size;
    public ushort MarkOut;
    public WirePairKey Entry;
    public WirePairKey Exit;
    public WirePairKey Mark;
    public WireField Result;
    public ushort ResultAt;
    public ushort ResultSize;
    public WireConditions Conditions;
}

/// <summary><c>struct sonde_key_part</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireKeyPart
{
    public ushort Offset;
    public ushort Size;
    public byte Fetch;
    public byte Varies;
    public ushort Pad;
}

[InlineArray(Wire.KeyParts)]
internal struct WireKeyParts
{
    private WireKeyPart _first;
}

/// <summary><c>struct sonde_key_plan</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireKeyPlan
{
    public uint Set;
    public uint Fetches;
    public uint ByProcess;
    public uint Pad;
    public WireKeyParts Parts;
}

/// <summary><c>struct sonde_plan</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WirePlan
{
    public uint Program;
    public uint RecordSize;
    public uint BaseSize;
    public uint ArgumentMask;
    public uint ReturnIndex;
    public uint FetchMask;
    public SendMode Send;
    public uint ReturnBits;
    public uint Stacks;
    public uint Alone;
    public uint Part;
    public uint MostKept;
    public WireFilter Filter;
    public WireConditions Conditions;
    public WirePair Pair;
    public WireDnsPlan Dns;
    public uint SocketProtocol;
    public uint AnyCall;
    public WireKeyPlan Key;
    public WireFetches Fetches;
}

[InlineArray(Wire.MaxFetches)]
internal struct WireFetches
{
    private WireFetch _first;
}

/// <summary><c>struct sonde_call_key</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireCallKey
{
    public ulong Thread;
    public uint Part;
    public uint Pad;
    public ulong Frame;
}

/// <summary><c>SONDE_RECORD_*</c>.</summary>
[Flags]
internal enum RecordFlags : ushort
{
    None = 0,
    Returned = 1,
    Superseded = 2,
    InFlight = 4,
    Sent = 8,
    Kept = 16,
    Named = 32,

    /// <summary>Set in user space too, where the thread is elsewhere by the window's end.</summary>
    ReturnMissed = 64,

    /// <summary>Set in user space alone: the thread is elsewhere, but the kernel doesn't tell of returns that it let pass.</summary>
    ReturnUnsure = 128,
}

/// <summary><c>struct sonde_record</c>; the plan's data follows it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireRecord
{
    public ulong TimeNs;
    public ulong DurationNs;
    public long Ret;
    public ulong Cgroup;
    public uint Pid;
    public uint Tid;
    public uint HostPid;
    public uint Uid;
    public ushort Program;
    public RecordFlags Flags;
    public ushort Cpu;
    public ushort Part;
    public WireComm Comm;
    public WireFetched Fetched;
}

[InlineArray(Wire.MaxFetches)]
internal struct WireFetched
{
    private short _first;
}
