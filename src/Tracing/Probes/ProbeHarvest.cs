using System.Runtime.CompilerServices;
using Sonde.Interop;
using Sonde.Tracing.Decoding;

namespace Sonde.Tracing.Probes;

/// <summary>What the kernel counted for one probe, summed over its CPUs.</summary>
internal sealed unsafe class ProbeHarvest
{
    /// <summary>CPUs that this machine may ever have: per-CPU values come for each.</summary>
    public static readonly int Cpus = Math.Max(1, LibBpf.libbpf_num_possible_cpus());

    private ProbeHarvest()
    {
    }

    public WireCounters Counters { get; private init; }

    /// <summary>When the window began, on the kernel's monotonic clock.</summary>
    public ulong StartNs { get; private init; }

    /// <summary>Matches in each second since the window began.</summary>
    public required IReadOnlyList<long> PerSecond { get; init; }

    /// <summary>Matches by process, unordered.</summary>
    public required IReadOnlyList<(int ProcessId, string Name, long Count)> ByProcess { get; init; }

    /// <summary>Matches by key, unordered.</summary>
    public required IReadOnlyList<(WireKey Key, WireKeyCount Count)> ByKey { get; init; }

    /// <summary>Returned errors by key; the errno is part of it.</summary>
    public required IReadOnlyList<(WireKey Key, long Count)> KeyErrors { get; init; }

    /// <summary>Returned errors by positive errno.</summary>
    public required IReadOnlyDictionary<int, long> Errors { get; init; }

    /// <summary>Records of the calls that hadn't returned.</summary>
    public required IReadOnlyList<byte[]> InFlight { get; init; }

    /// <summary>Hits that the kernel itself skipped, as far as this kernel tells.</summary>
    public required long Missed { get; init; }

    /// <summary>Ends that it skipped, likewise: what they belong to looks as if it were still in flight.</summary>
    public required long MissedReturns { get; init; }

    /// <summary>Reads all maps of a probe whose window is shut and whose programs have ended.</summary>
    public static ProbeHarvest Of(Probe probe) => Read(probe, withCalls: probe.Candidate.IsAnyPaired);

    /// <summary>Reads the figures of a probe that goes on counting: each is right for itself, together they may be a moment apart.</summary>
    public static ProbeHarvest SoFar(Probe probe) => Read(probe, withCalls: false);

    private static ProbeHarvest Read(Probe probe, bool withCalls)
    {
        var bpf = probe.Object;
        var sizes = probe.Sizes;
        var keySize = (int)sizes.KeySize;
        var isKeyed = probe.Candidate.IsKeyed;
        var runs = PerCpu<WireCounters, uint>(bpf, "counters", 0).ToArray().Select(static one => one.Run).Where(static run => run.Count > 0).ToList();
        return new ProbeHarvest
        {
            Counters = CountersOf(probe),
            StartNs = probe.StartNs,
            PerSecond = SumSeconds(bpf, runs),
            ByProcess = SumProcesses(bpf, runs),
            ByKey = isKeyed ? SumKeys(bpf, keySize) : [],
            KeyErrors = isKeyed ? ReadKeyErrors(bpf, keySize) : [],
            Errors = ReadErrors(bpf),
            InFlight = withCalls ? ReadCalls(bpf, probe.Candidate.RecordSize, (int)sizes.CallKeySize) : [],
            Missed = probe.Units.Sum(unit => unit.SkippedEntries + Recursions(unit.Bpf, unit.Programs[0])),
            MissedReturns = probe.Units.Sum(unit => unit.SkippedReturns + unit.Programs.Skip(1).Sum(program => Recursions(unit.Bpf, program))),
        };
    }

    /// <summary>The counters alone, at any time.</summary>
    public static WireCounters CountersOf(Probe probe)
    {
        var bpf = probe.Object;
        var sum = default(WireCounters);
        foreach (ref readonly var one in PerCpu<WireCounters, uint>(bpf, "counters", 0))
        {
            sum.Matched += one.Matched + one.Run.Count;
            sum.Filtered += one.Filtered;
            sum.SampledOut += one.SampledOut;
            sum.Lost += one.Lost;
            sum.Unjudged += one.Unjudged;
            sum.OtherProcesses += one.OtherProcesses;
            sum.LatencySumNs += one.LatencySumNs;
            sum.LatencyMaxNs = Math.Max(sum.LatencyMaxNs, one.LatencyMaxNs);
            if (one.LatencyMinNsPlusOne != 0 && (sum.LatencyMinNsPlusOne == 0 || one.LatencyMinNsPlusOne < sum.LatencyMinNsPlusOne))
            {
                sum.LatencyMinNsPlusOne = one.LatencyMinNsPlusOne;
            }

            for (var i = 0; i < Wire.LatencySlots; i++)
            {
                sum.Latency[i] += one.Latency[i];
            }
        }

        return sum;
    }

    private static long[] SumSeconds(BpfObject bpf, List<WireRun> runs)
    {
        var seconds = new long[Wire.Seconds];
        var last = -1;
        for (var i = 0; i < Wire.Seconds; i++)
        {
            foreach (var one in PerCpu<ulong, uint>(bpf, "per_second", (uint)i))
            {
                seconds[i] += (long)one;
            }

            seconds[i] += runs.Where(run => run.Second == i).Sum(static run => (long)run.Count);
            last = seconds[i] > 0 ? i : last;
        }

        return seconds[..(last + 1)];
    }

    private static List<(int, string, long)> SumProcesses(BpfObject bpf, List<WireRun> runs)
    {
        var processes = new List<(int, string, long)>();
        foreach (var pid in Keys<uint>(bpf, "by_process"))
        {
            var count = runs.Where(run => run.Pid == pid).Sum(static run => (long)run.Count);
            var most = 0ul;
            var name = "";
            foreach (ref readonly var one in PerCpu<WireProcessCount, uint>(bpf, "by_process", pid))
            {
                count += (long)one.Count;
                if (one.Count > most)
                {
                    (most, name) = (one.Count, Text.FromKernel(one.Comm));
                }
            }

            processes.Add(((int)pid, name, count));
        }

        return processes;
    }

    private static List<(WireKey, WireKeyCount)> SumKeys(BpfObject bpf, int keySize)
    {
        var keys = new List<(WireKey, WireKeyCount)>();
        foreach (var key in Keys<WireKey>(bpf, "by_key", keySize))
        {
            var sum = default(WireKeyCount);
            foreach (ref readonly var one in PerCpu<WireKeyCount, WireKey>(bpf, "by_key", key))
            {
                sum.Count += one.Count;
                sum.Errors += one.Errors;
                sum.Returned += one.Returned;
                sum.LatencySumNs += one.LatencySumNs;
                sum.LatencyMaxNs = Math.Max(sum.LatencyMaxNs, one.LatencyMaxNs);
            }

            keys.Add((key, sum));
        }

        return keys;
    }

    private static List<(WireKey, long)> ReadKeyErrors(BpfObject bpf, int keySize)
    {
        var errors = new List<(WireKey, long)>();
        var fd = LibBpf.bpf_map__fd(bpf.Map("key_errors"));
        foreach (var one in Keys<WireKey>(bpf, "key_errors", keySize))
        {
            var key = one;
            ulong count;
            if (LibBpf.bpf_map_lookup_elem(fd, &key, &count) == 0)
            {
                errors.Add((key, (long)count));
            }
        }

        return errors;
    }

    private static Dictionary<int, long> ReadErrors(BpfObject bpf)
    {
        var errors = new Dictionary<int, long>();
        var fd = LibBpf.bpf_map__fd(bpf.Map("errors"));
        foreach (var number in Keys<uint>(bpf, "errors"))
        {
            var key = number;
            ulong count;
            if (LibBpf.bpf_map_lookup_elem(fd, &key, &count) == 0)
            {
                errors[(int)number] = (long)count;
            }
        }

        return errors;
    }

    private static List<byte[]> ReadCalls(BpfObject bpf, int recordSize, int keySize)
    {
        var calls = new List<byte[]>();
        var fd = LibBpf.bpf_map__fd(bpf.Map("calls"));
        foreach (var call in Keys<WireCallKey>(bpf, "calls", keySize))
        {
            var key = call;
            var record = new byte[recordSize];
            fixed (byte* value = record)
            {
                if (LibBpf.bpf_map_lookup_elem(fd, &key, value) == 0 && (((WireRecord*)value)->Flags & RecordFlags.InFlight) != 0)
                {
                    calls.Add(Named(record));
                }
            }
        }

        return calls;
    }

    // A hot call's record has no name until it is worth sending.
    private static byte[] Named(byte[] record)
    {
        ref var header = ref System.Runtime.InteropServices.MemoryMarshal.AsRef<WireRecord>(record.AsSpan());
        if ((header.Flags & RecordFlags.Named) == 0)
        {
            TaskNames.Fill(ref header);
        }

        return record;
    }

    // The kernel doesn't run a program inside itself on one processor.
    private static long Recursions(BpfObject bpf, string name) => (long)(BpfStatistics.Of(bpf.Program(name))?.Misses ?? 0);

    // All keys of a hash. Nothing writes any more, so that the walk is complete.
    private static List<TKey> Keys<TKey>(BpfObject bpf, string map, int keySize = 0) where TKey : unmanaged
    {
        if (keySize > sizeof(TKey))
        {
            throw new InvalidOperationException($"{map} has keys of {keySize} bytes, {typeof(TKey).Name} holds {sizeof(TKey)}");
        }

        var keys = new List<TKey>();
        var fd = LibBpf.bpf_map__fd(bpf.Map(map));
        TKey key = default;
        TKey next = default;
        for (void* previous = null; LibBpf.bpf_map_get_next_key(fd, previous, &next) == 0; previous = &key)
        {
            key = next;
            keys.Add(key);
        }

        return keys;
    }

    // One value a possible CPU, each padded to eight bytes.
    private static ReadOnlySpan<TValue> PerCpu<TValue, TKey>(BpfObject bpf, string map, TKey key) where TValue : unmanaged where TKey : unmanaged
    {
        if (Unsafe.SizeOf<TValue>() % 8 != 0)
        {
            throw new InvalidOperationException($"{typeof(TValue).Name} is no multiple of 8 bytes: per-CPU values would be padded");
        }

        var values = new TValue[Cpus];
        fixed (TValue* to = values)
        {
            var result = LibBpf.bpf_map_lookup_elem(LibBpf.bpf_map__fd(bpf.Map(map)), &key, to);
            return result == 0 ? values : [];
        }
    }
}
