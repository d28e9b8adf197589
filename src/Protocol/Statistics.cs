using System.Text.Json.Serialization;

namespace Sonde.Protocol;

/// <summary>Figures over the matches of one program.</summary>
public sealed record TraceStatistics
{
    /// <summary>Busiest processes first.</summary>
    public IReadOnlyList<ProcessCount> ByProcess { get; init; } = [];

    /// <summary>Commonest keys first (destination, path, syscall, …).</summary>
    public IReadOnlyList<KeyCount> ByKey { get; init; } = [];

    /// <summary>Commonest pairs of a key and a process first, where the target keeps them apart; null elsewhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<KeyCount>? ByKeyAndProcess { get; init; }

    /// <summary>Of the calls that returned; null for probes without a return.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LatencyFigures? LatencyUs { get; init; }

    /// <summary>How the latencies spread, shortest bucket first; null for probes without a return.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LatencyBucket>? LatencyHistogram { get; init; }

    /// <summary>Calls by errno name.</summary>
    public IReadOnlyDictionary<string, long> Errors { get; init; } = new Dictionary<string, long>();

    /// <summary>Matches in each second of the window.</summary>
    public IReadOnlyList<long> PerSecond { get; init; } = [];
}

/// <summary>Matches of one process.</summary>
/// <param name="ProcessId">Process id (tgid).</param>
/// <param name="ProcessName">Its name.</param>
/// <param name="Count">Matches.</param>
public sealed record ProcessCount(int ProcessId, string ProcessName, long Count);

/// <summary>Matches that share one key.</summary>
/// <param name="Key">The field and its value, <c>destination=127.0.0.1:5432</c>.</param>
/// <param name="Count">Matches.</param>
public sealed record KeyCount(string Key, long Count)
{
    /// <summary>The process, where processes are kept apart.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ProcessId { get; init; }

    /// <summary>Its name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ProcessName { get; init; }

    /// <summary>Failed calls by errno name, commonest first; null when none failed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, long>? Errors { get; init; }

    /// <summary>Mean latency of the calls that returned, microseconds; null for probes without a return.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MeanUs { get; init; }

    /// <summary>The longest, likewise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MaxUs { get; init; }
}

/// <summary>Calls that took at most so long, and longer than the bucket before says.</summary>
/// <param name="LeUs">Upper bound in microseconds.</param>
/// <param name="Count">Calls.</param>
public sealed record LatencyBucket(double LeUs, long Count);

/// <summary>Matches of the processes of one name with one stack. Frames are joined by semicolons, outermost first.</summary>
public sealed record StackCount
{
    /// <summary>Matches.</summary>
    public required long Count { get; init; }

    /// <summary>The processes' name; <c>other</c> for the rest that no stack was kept of.</summary>
    public required string ProcessName { get; init; }

    /// <summary>The process's own functions; empty for kernel threads.</summary>
    public string User { get; init; } = "";

    /// <summary>The kernel's, continuing the user's.</summary>
    public string Kernel { get; init; } = "";

    /// <summary>As flame graphs take it: the process and all frames in one, then the count.</summary>
    public string Folded() => $"{Frames()} {Count}";

    /// <summary>The process and all frames in one, kernel functions marked <c>_[k]</c>.</summary>
    public string Frames()
    {
        IEnumerable<string> kernel = Kernel.Length == 0 ? [] : Kernel.Split(';').Select(static frame => frame + "_[k]");
        return string.Join(';', [ProcessName.Replace(';', ':').Replace(' ', '_'), .. User.Length == 0 ? [] : User.Split(';'), .. kernel]);
    }
}

/// <summary>Latency of the calls that returned, microseconds.</summary>
public sealed record LatencyFigures
{
    /// <summary>Calls measured.</summary>
    public long Count { get; init; }

    /// <summary>Shortest.</summary>
    public double Min { get; init; }

    /// <summary>Mean.</summary>
    public double Mean { get; init; }

    /// <summary>Median, from the log2 histogram (upper bound of its bucket).</summary>
    public double P50 { get; init; }

    /// <summary>90th percentile, likewise.</summary>
    public double P90 { get; init; }

    /// <summary>99th percentile, likewise.</summary>
    public double P99 { get; init; }

    /// <summary>Longest.</summary>
    public double Max { get; init; }
}

/// <summary>What a program cost, from the kernel's own timing of it.</summary>
/// <param name="CpuPercent">Percent of one CPU over the window.</param>
/// <param name="NsPerHit">Nanoseconds a hit, entry and exit together.</param>
/// <param name="Hits">Hits, wanted or not.</param>
public sealed record ProgramCost(double CpuPercent, double NsPerHit, long Hits)
{
    /// <summary>Set where the kernel timed too little and an ordinary cost was assumed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Estimated { get; init; }
}
