using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sonde.Protocol;

/// <summary>Everything one round brought back; sent to the model as one message.</summary>
public sealed record RoundResults
{
    /// <summary>From 1.</summary>
    public required int Round { get; init; }

    /// <summary>In the plan's order.</summary>
    public IReadOnlyList<CommandResult> CommandResults { get; init; } = [];

    /// <summary>By <c>&lt;name&gt;_&lt;unix seconds of the start&gt;</c>, in the plan's order.</summary>
    public IReadOnlyDictionary<string, ProgramResult> EbpfResults { get; init; } = new Dictionary<string, ProgramResult>();

    /// <summary>What the detectors of the built-in playbooks make of all rounds so far, the strongest first; null where they see nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FindingResult>? Findings { get; init; }

    /// <summary>What was changed or cut in the round as a whole.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Notes { get; init; }

    /// <summary>Set when a bound was hit in this round: nothing more is run, only a resolution is of use.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResolutionRequestBody? ResolutionRequired { get; init; }
}

/// <summary>What one command printed.</summary>
public sealed record CommandResult
{
    /// <summary><c>C1</c>, <c>C2</c>, … through all rounds of a diagnosis; null outside of one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? EvidenceId { get; init; }

    /// <summary>The request's id.</summary>
    public required string Id { get; init; }

    /// <summary>As it was run.</summary>
    public required string Command { get; init; }

    /// <summary>The shell's exit code; 128 + n after signal n; null when it never started or was killed at its deadline.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Standard output as text, cut in the middle where it was too long.</summary>
    public string Stdout { get; init; } = "";

    /// <summary>Standard error, likewise.</summary>
    public string Stderr { get; init; } = "";

    /// <summary>Wall time in milliseconds.</summary>
    public required long DurationMs { get; init; }

    /// <summary>The round this is from, where the same command was not run again; null for a command that ran in this one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? FromRound { get; init; }

    /// <summary>Whether either stream was cut.</summary>
    public bool Truncated { get; init; }

    /// <summary>Places where a secret stood; it became <c>&lt;secret:N&gt;</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Redacted { get; init; }

    /// <summary>Why it never started or was ended early, and whether it left a detached process behind; null when it ran to its own end.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }
}

/// <summary>What one eBPF program saw, or why it could not run.</summary>
public sealed record ProgramResult
{
    /// <summary><c>P1</c>, <c>P2</c>, … through all rounds of a diagnosis; null outside of one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? EvidenceId { get; init; }

    /// <summary>The request's name.</summary>
    public required string ProgramName { get; init; }

    /// <summary>The request's type.</summary>
    public required ProbeType Type { get; init; }

    /// <summary>The request's target.</summary>
    public required string Target { get; init; }

    /// <summary>What was really attached, <c>mechanism:target</c>; null when nothing was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Attached { get; init; }

    /// <summary>The round this is from, where the same program was not run again; null for one that ran in this one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? FromRound { get; init; }

    /// <summary>When the program was attached (UTC).</summary>
    public required DateTimeOffset StartTime { get; init; }

    /// <summary>When it was detached (UTC).</summary>
    public required DateTimeOffset EndTime { get; init; }

    /// <summary>The exact number of matches, counted in the kernel.</summary>
    public long EventCount { get; init; }

    /// <summary>Where every match went.</summary>
    public EventCounts Counts { get; init; } = new();

    /// <summary>A representative sample, in time order.</summary>
    public IReadOnlyList<TraceEvent> Events { get; init; } = [];

    /// <summary>Figures over all matches.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TraceStatistics? Statistics { get; init; }

    /// <summary>Where the matches came from, commonest first, at most <see cref="MostStacks"/>; null where nobody asked for stacks.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StackCount>? Stacks { get; init; }

    /// <summary>All stacks in the format of flame graphs; kept in a file, never part of a message.</summary>
    [JsonIgnore]
    public string? FoldedStacks { get; init; }

    /// <summary>What it cost this host; null where too little ran to be measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProgramCost? Cost { get; init; }

    /// <summary>One to four sentences made from the figures.</summary>
    public string Summary { get; init; } = "";

    /// <summary>What differs from the request, and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Places where a secret stood; it became <c>&lt;secret:N&gt;</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Redacted { get; init; }

    /// <summary>Why it could not run; null when it ran.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProgramError? Error { get; init; }

    /// <summary>Stacks that travel in a result.</summary>
    public const int MostStacks = 10;
}

/// <summary>Where every match went: <c>matched = delivered + sampled_out + lost</c>, always.</summary>
public sealed record EventCounts
{
    /// <summary>Passed the filter; for paired probes, calls that began in the window.</summary>
    public long Matched { get; init; }

    /// <summary>Hit the probe and did not pass the filter.</summary>
    public long Filtered { get; init; }

    /// <summary>Reached user space as single events.</summary>
    public long Delivered { get; init; }

    /// <summary>Counted and aggregated, deliberately not sent as single events.</summary>
    public long SampledOut { get; init; }

    /// <summary>Dropped because a buffer or table was full.</summary>
    public long Lost { get; init; }

    /// <summary>Missed by the kernel itself, so not part of <see cref="Matched"/>.</summary>
    public long Missed { get; init; }
}

/// <summary>One decoded event.</summary>
public sealed record TraceEvent
{
    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public required long Timestamp { get; init; }

    /// <summary>Process (tgid) in the agent's pid namespace; in the initial one where it isn't visible.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Thread id.</summary>
    public required int ThreadId { get; init; }

    /// <summary>Real user id.</summary>
    public required uint UserId { get; init; }

    /// <summary>The thread's name at the time.</summary>
    public required string ProcessName { get; init; }

    /// <summary>The target's own name.</summary>
    public required string EventType { get; init; }

    /// <summary>Decoded fields, by the names of the contract's table.</summary>
    public required JsonObject Data { get; init; }

    /// <summary>Process id in the initial namespace, where it differs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? HostProcessId { get; init; }
}

/// <summary>Why a program could not run.</summary>
public sealed record ProgramError
{
    /// <summary>One of <see cref="ErrorCodes"/>.</summary>
    public required string Code { get; init; }

    /// <summary>What failed and what to do, for people and models.</summary>
    public required string Message { get; init; }

    /// <summary>Targets that do exist, nearest first; at most five.</summary>
    public IReadOnlyList<string> Suggestions { get; init; } = [];
}

/// <summary>The values of <see cref="ProgramError.Code"/>.</summary>
public static class ErrorCodes
{
    /// <summary>No such tracepoint or function on this kernel.</summary>
    public const string UnknownTarget = "unknown_target";

    /// <summary>It exists, but this kernel lets nobody attach to it.</summary>
    public const string NotTraceable = "not_traceable";

    /// <summary>A capability or setting is missing.</summary>
    public const string NoPermission = "no_permission";

    /// <summary>This kernel lacks the mechanism and there is no honest substitute.</summary>
    public const string UnsupportedByKernel = "unsupported_by_kernel";

    /// <summary>The request itself is wrong.</summary>
    public const string InvalidRequest = "invalid_request";

    /// <summary>The kernel's verifier refused the program; its last lines are in the message.</summary>
    public const string VerifierRejected = "verifier_rejected";

    /// <summary>A fault of the agent's own.</summary>
    public const string Internal = "internal";
}
