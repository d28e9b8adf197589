using System.Runtime.CompilerServices;
using Sonde.Interop;

namespace Sonde.Tracing.Probes;

/// <summary>How many entries each table of a probe gets: bounded in number and in bytes, whatever the layout and the machine.</summary>
/// <param name="Calls">Calls in flight at once; those beyond are counted as lost. 0 where nothing pairs.</param>
/// <param name="CallKeySize">Bytes of their keys.</param>
/// <param name="Keys">Keys told apart; the others are counted together.</param>
/// <param name="KeySize">Bytes of a key in the maps.</param>
/// <param name="RecordSize">Bytes of the largest record.</param>
/// <param name="NeedsScratch">Whether keys are gathered outside of any record.</param>
/// <param name="AsksNameServers">Whether calls may wait for answers to their questions.</param>
internal readonly record struct TableSizes(uint Calls, uint CallKeySize, uint Keys, uint KeySize, uint RecordSize, bool NeedsScratch, bool AsksNameServers)
{
    private const uint MostCalls = 4096;
    private const uint MostKeys = 1024;
    private const uint FewestKeys = 128;

    // New threads beyond those that a host has as the window begins. Making an entry takes the kernel half a microsecond, whether it is needed or not.
    private const uint NewThreads = 1024;
    private const uint CallsPerCpu = 64;

    // A thread and a part: the kernel hashes so much in half the time.
    private const uint UnnestedKeySize = 12;
    private const uint CallBytes = 6 << 20;
    private const uint KeyBytes = 4 << 20;

    /// <summary>Entries of calls that may stay for their thread's next call. A question's goes another way.</summary>
    public uint MostKept => AsksNameServers ? 0 : Calls / 2;

    /// <summary>The sizes for what a candidate attaches.</summary>
    /// <param name="candidate">What is attached.</param>
    /// <param name="threads">Threads of the host; null where that isn't known.</param>
    public static TableSizes Of(ProbeCandidate candidate, uint? threads)
    {
        var record = (uint)candidate.RecordSize;
        var key = Unsafe.SizeOf<WireKey>() - Wire.MaxKey + candidate.Parts.Max(part => candidate.KeyOf(part)?.Size ?? 0);
        var perKey = (uint)(ProbeHarvest.Cpus * Unsafe.SizeOf<WireKeyCount>());
        return new TableSizes(
            candidate.IsAnyPaired ? Math.Min(CallsOf(candidate, threads), CallBytes / record) : 0,
            candidate.IsUnnested ? UnnestedKeySize : (uint)Unsafe.SizeOf<WireCallKey>(),
            candidate.IsKeyed ? Math.Clamp(KeyBytes / perKey, FewestKeys, MostKeys) : 1,
            (uint)key,
            record,
            candidate.IsKeyed && candidate.HasUnpaired,
            candidate.Parts.Any(part => part.Layout.Dns.From != DnsFrom.None));
    }

    // Half of the entries may be kept for threads that have ended: the other half has to do for all.
    private static uint CallsOf(ProbeCandidate candidate, uint? threads) => Math.Min(
        MostCalls,
        candidate.IsUnnested && threads is { } known ? 2 * (known + NewThreads)
        : candidate.IsPerCpu ? CallsPerCpu * (uint)ProbeHarvest.Cpus
        : MostCalls);

    /// <summary>Sizes the maps of an object that isn't loaded yet.</summary>
    public void Apply(BpfObject bpf)
    {
        var unused = (uint)Unsafe.SizeOf<WireRecord>();
        bpf.Size("calls", Math.Max(1, Calls), Calls > 0 ? RecordSize : unused);
        bpf.SizeKeys("calls", Math.Max(1, Calls), CallKeySize);
        bpf.Size("blank", 1, Calls > 0 ? RecordSize : unused);
        bpf.Size("questions", AsksNameServers ? Calls : 1);
        bpf.Size("scratch", 2, NeedsScratch ? RecordSize : unused);
        bpf.SizeKeys("by_key", Keys, KeySize);
        bpf.SizeKeys("key_errors", Calls > 0 ? Keys : 1, KeySize);
    }
}
