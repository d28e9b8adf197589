using System.Text.Json.Serialization;

namespace Sonde.Protocol;

/// <summary>The host as a model needs to know it. Everything is optional: what couldn't be found out is left out.</summary>
public sealed record HostFacts
{
    /// <summary>The host's name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Hostname { get; init; }

    /// <summary>The distribution as it names itself, <c>Debian GNU/Linux 12 (bookworm)</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Os { get; init; }

    /// <summary>The kernel's release, as <c>uname -r</c> prints it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Kernel { get; init; }

    /// <summary>The machine, as <c>uname -m</c> prints it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Architecture { get; init; }

    /// <summary>The hypervisor (<c>kvm</c>, <c>xen</c>, …), or <c>none</c> on bare metal.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Virtualization { get; init; }

    /// <summary>The container the agent itself runs in (<c>docker</c>, <c>kubernetes</c>, …), or <c>none</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Container { get; init; }

    /// <summary>Processors online.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Cpus { get; init; }

    /// <summary>Memory and swap.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MemoryFacts? Memory { get; init; }

    /// <summary>Load averages over 1, 5 and 15 minutes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Load { get; init; }

    /// <summary>Pressure stall information; null where the kernel keeps none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PressureFacts? Pressure { get; init; }

    /// <summary>Seconds since boot.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? UptimeSeconds { get; init; }

    /// <summary>File systems over 80 % full or nearly out of inodes; empty when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FileSystemFacts>? FullFileSystems { get; init; }

    /// <summary>Addresses of the interfaces, loopback left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<AddressFacts>? Addresses { get; init; }

    /// <summary>What this kernel and these privileges allow to be probed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ProbeTypeFacts>? ProbeTypes { get; init; }
}

/// <summary>Memory in mebibytes.</summary>
public sealed record MemoryFacts
{
    /// <summary>Installed.</summary>
    public long TotalMib { get; init; }

    /// <summary>Available to new programs without swapping, by the kernel's estimate.</summary>
    public long AvailableMib { get; init; }

    /// <summary>Swap space.</summary>
    public long SwapTotalMib { get; init; }

    /// <summary>Swap space in use.</summary>
    public long SwapUsedMib { get; init; }
}

/// <summary>Share of time that tasks stalled for want of a resource.</summary>
public sealed record PressureFacts
{
    /// <summary>Processors.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PressureFigures? Cpu { get; init; }

    /// <summary>Memory.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PressureFigures? Memory { get; init; }

    /// <summary>Input and output.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PressureFigures? Io { get; init; }
}

/// <summary>Percent of wall time, as <c>/proc/pressure</c> averages it.</summary>
public sealed record PressureFigures
{
    /// <summary>Some task stalled, over 10 seconds.</summary>
    public double SomeAvg10 { get; init; }

    /// <summary>Some task stalled, over 60 seconds.</summary>
    public double SomeAvg60 { get; init; }

    /// <summary>All tasks stalled at once, over 10 seconds.</summary>
    public double FullAvg10 { get; init; }

    /// <summary>All tasks stalled at once, over 60 seconds.</summary>
    public double FullAvg60 { get; init; }
}

/// <summary>A file system that is running out of space or inodes.</summary>
public sealed record FileSystemFacts
{
    /// <summary>Where it is mounted.</summary>
    public required string Mount { get; init; }

    /// <summary>Its type, <c>ext4</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    /// <summary>Space in use, percent.</summary>
    public double UsedPercent { get; init; }

    /// <summary>Inodes in use, percent; null where the file system has no fixed number.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? InodesUsedPercent { get; init; }
}

/// <summary>One address of one interface.</summary>
/// <param name="Interface">Its name, <c>eth0</c>.</param>
/// <param name="Address">With its prefix length, <c>10.0.0.7/24</c>.</param>
public sealed record AddressFacts(string Interface, string Address);

/// <summary>Whether one type of probe works here.</summary>
public sealed record ProbeTypeFacts
{
    /// <summary>The type, as a model asks for it.</summary>
    public required ProbeType Type { get; init; }

    /// <summary>Whether such a program can be attached.</summary>
    public required bool Available { get; init; }

    /// <summary>How it is attached here, best first: <c>fentry</c>, <c>kprobe</c>, <c>tracepoint</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Mechanism { get; init; }

    /// <summary>Why not, or what is limited; null when there is nothing to say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }
}
