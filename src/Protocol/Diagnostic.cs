using System.Text.Json.Serialization;

namespace Sonde.Protocol;

/// <summary>What a program attaches to, as the contract names it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ProbeType>))]
public enum ProbeType
{
    /// <summary>A static event of the kernel, <c>category/name</c>.</summary>
    [JsonStringEnumMemberName("tracepoint")] Tracepoint,

    /// <summary>The entry of a kernel function.</summary>
    [JsonStringEnumMemberName("kprobe")] Kprobe,

    /// <summary>The return of a kernel function, paired with its entry.</summary>
    [JsonStringEnumMemberName("kretprobe")] Kretprobe,
}

/// <summary>How much of a program's matches travels as single events.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Aggregation>))]
public enum Aggregation
{
    /// <summary>Statistics in the kernel and a sample of events.</summary>
    [JsonStringEnumMemberName("auto")] Auto,

    /// <summary>Every event is sent to user space, as far as the buffer allows.</summary>
    [JsonStringEnumMemberName("events")] Events,

    /// <summary>Statistics only; no single event is sent.</summary>
    [JsonStringEnumMemberName("counts")] Counts,
}

/// <summary>A model's request for evidence: commands and eBPF programs to run side by side in one round.</summary>
public sealed record DiagnosticPlan
{
    /// <summary>Always <c>diagnostic</c>.</summary>
    public string ResponseType { get; init; } = "diagnostic";

    /// <summary>Why the model asks for this, for people and the transcript.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Shell commands, with unique ids.</summary>
    public IReadOnlyList<CommandRequest> Commands { get; init; } = [];

    /// <summary>Programs to attach before the commands start.</summary>
    public IReadOnlyList<ProgramRequest> EbpfPrograms { get; init; } = [];
}

/// <summary>One shell command.</summary>
public sealed record CommandRequest
{
    /// <summary>Unique within the plan.</summary>
    public required string Id { get; init; }

    /// <summary>Handed to <c>/bin/sh -c</c> as it is.</summary>
    public required string Command { get; init; }

    /// <summary>What the model wants to learn from it.</summary>
    public string? Description { get; init; }
}

/// <summary>One eBPF program, valid or not: a request with a <see cref="Fault"/> is answered with that error and never attached.</summary>
public sealed record ProgramRequest
{
    /// <summary>Made safe for ids (<c>[a-z0-9_]</c>, at most 32 characters).</summary>
    public required string Name { get; init; }

    /// <summary>After a target's prefix has had its say.</summary>
    public required ProbeType Type { get; init; }

    /// <summary>As the model wrote it, without a prefix; a tracepoint as <c>category/name</c> where a category was given.</summary>
    public required string Target { get; init; }

    /// <summary>Length of the window in seconds, 1 to 300.</summary>
    public double Duration { get; init; } = DefaultDuration;

    /// <summary>Applied in the kernel.</summary>
    public ProgramFilters Filters { get; init; } = new();

    /// <summary>What the model wants to learn from it.</summary>
    public string? Description { get; init; }

    /// <summary>Size of the sample sent back, 0 to 200.</summary>
    public int MaxEvents { get; init; } = DefaultMaxEvents;

    /// <summary>Whether kernel and user stacks are wanted.</summary>
    public bool Stack { get; init; }

    /// <summary>How much travels as single events.</summary>
    public Aggregation Aggregate { get; init; }

    /// <summary>What the reader changed (clamped, renamed, retyped): becomes part of the result's notes.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Why this one can't run, when the reader already knows; null for a program to attach.</summary>
    [JsonIgnore]
    public ProgramError? Fault { get; init; }

    /// <summary>Seconds, when the model names none.</summary>
    public const double DefaultDuration = 15;

    /// <summary>Shortest window, seconds.</summary>
    public const double MinDuration = 1;

    /// <summary>Longest window, seconds.</summary>
    public const double MaxDuration = 300;

    /// <summary>Sample size, when the model names none.</summary>
    public const int DefaultMaxEvents = 20;

    /// <summary>Largest sample size.</summary>
    public const int LargestMaxEvents = 200;

    /// <summary>Most programs that run in one round.</summary>
    public const int MostPerRound = 16;
}

/// <summary>Which events a program counts; an unset filter lets everything pass.</summary>
public sealed record ProgramFilters
{
    /// <summary>Process id (tgid), in the agent's own pid namespace.</summary>
    public int? Pid { get; init; }

    /// <summary>Thread id.</summary>
    public int? Tid { get; init; }

    /// <summary>The parent's process id.</summary>
    public int? Ppid { get; init; }

    /// <summary>Name of the thread or of its process leader, at most 15 bytes.</summary>
    public string? Comm { get; init; }

    /// <summary>Real user id.</summary>
    public uint? Uid { get; init; }

    /// <summary>Path below the cgroup root, or the beginning of a container's id or name.</summary>
    public string? Cgroup { get; init; }

    /// <summary>Only calls that took at least this long, microseconds; paired probes only.</summary>
    public long? MinLatencyUs { get; init; }

    /// <summary>Only calls that returned an error; paired probes only.</summary>
    public bool ErrorsOnly { get; init; }
}
