using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sonde.Tracing.Probes;

/// <summary><c>struct sonde_control</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireControl
{
    public ulong StartNs;
    public ulong SlowNs;
    public ulong Kept;
    public uint Open;
    public uint Quiet;
    public uint Zero;
    public uint Pad;
}

/// <summary><c>struct sonde_bucket</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireBucket
{
    public ulong Tokens;
    public ulong RefilledNs;
}

/// <summary><c>struct sonde_run</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireRun
{
    public ulong Count;
    public ulong Most;
    public ulong BeganNs;
    public uint Second;
    public uint Pid;
}

/// <summary><c>struct sonde_counters</c>, one a CPU.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireCounters
{
    public ulong Matched;
    public ulong Filtered;
    public ulong SampledOut;
    public ulong Lost;
    public ulong Unjudged;
    public ulong OtherProcesses;
    public WireRun Run;
    public ulong LatencySumNs;
    public ulong LatencyMinNsPlusOne;
    public ulong LatencyMaxNs;
    public ulong Jiffies;
    public ulong CoarseNs;
    public ulong Scratch;
    public WireBucket Common;
    public WireBucket Reserve;
    public WireLatency Latency;

    /// <summary>Calls that make up the latency.</summary>
    public readonly ulong LatencyCount
    {
        get
        {
            var count = 0ul;
            foreach (var slot in Latency)
            {
                count += slot;
            }

            return count;
        }
    }
}

[InlineArray(Wire.LatencySlots)]
internal struct WireLatency
{
    private ulong _first;
}

/// <summary><c>struct sonde_process_count</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireProcessCount
{
    public ulong Count;
    public WireComm Comm;
}

/// <summary><c>struct sonde_key</c>; a map's keys end where the plan's do.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireKey
{
    public uint Pid;
    public uint Part;
    public int Fetched;
    public uint Error;
    public WireKeyBytes Bytes;
}

[InlineArray(Wire.MaxKey)]
internal struct WireKeyBytes
{
    private byte _first;
}

/// <summary><c>struct sonde_key_count</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireKeyCount
{
    public ulong Count;
    public ulong Errors;
    public ulong Returned;
    public ulong LatencySumNs;
    public ulong LatencyMaxNs;
}

/// <summary><c>struct sonde_stack_key</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireStackKey
{
    public uint Pid;
    public int Kernel;
    public int User;
    public uint Pad;
}

/// <summary><c>SONDE_FRAME_*</c>.</summary>
internal enum FrameStatus
{
    None,
    BuildId,
    Address,
}

/// <summary><c>struct sonde_user_frame</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WireUserFrame
{
    public FrameStatus Status;
    public WireBuildId BuildId;
    public ulong Offset;
}

[InlineArray(Wire.BuildId)]
internal struct WireBuildId
{
    private byte _first;
}
