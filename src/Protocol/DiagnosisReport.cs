using System.Text.Json.Serialization;

namespace Sonde.Protocol;

/// <summary>How a diagnosis ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DiagnosisOutcome>))]
public enum DiagnosisOutcome
{
    /// <summary>The model named the cause within its bounds.</summary>
    [JsonStringEnumMemberName("resolved")] Resolved,

    /// <summary>It ended early (bounds, interruption, model gone); what was gathered is in the report.</summary>
    [JsonStringEnumMemberName("partial")] Partial,

    /// <summary>Nothing was gathered.</summary>
    [JsonStringEnumMemberName("failed")] Failed,
}

/// <summary>Everything a diagnosis was and found; <c>diagnose --json</c> and <c>report.json</c>.</summary>
public sealed record DiagnosisReport
{
    /// <summary>The name <see cref="Model"/> has when the built-in playbooks took the model's place.</summary>
    public const string BuiltInModel = "builtin";

    /// <summary>Id of the session, also the name of its folder.</summary>
    public required string Session { get; init; }

    /// <summary>As the person wrote it.</summary>
    public required string Issue { get; init; }

    /// <summary>The host at the start.</summary>
    public required HostFacts Host { get; init; }

    /// <summary>The gateway's model name, or <see cref="BuiltInModel"/>.</summary>
    public required string Model { get; init; }

    /// <summary>How it ended.</summary>
    public required DiagnosisOutcome Outcome { get; init; }

    /// <summary>The model's; in a partial report the agent's own where the model gave none (a note says so); null when nothing was gathered.</summary>
    public Resolution? Resolution { get; init; }

    /// <summary>How the model's resolution stood against the evidence; null where no model concluded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClaimCheck? ClaimCheck { get; init; }

    /// <summary>What was asked for and what came back, uncut by the context budget.</summary>
    public IReadOnlyList<DiagnosisRound> Rounds { get; init; } = [];

    /// <summary>What it cost.</summary>
    public required DiagnosisUsage Usage { get; init; }

    /// <summary>Secrets that were neither sent nor saved, by kind; each stands as <c>&lt;secret:N&gt;</c> wherever it was.</summary>
    public IReadOnlyDictionary<string, long> Redactions { get; init; } = new Dictionary<string, long>();

    /// <summary>What a reader must know besides: corrections, cuts, warnings, why it ended early.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>One round of a diagnosis.</summary>
/// <param name="Request">As it was run.</param>
/// <param name="Results">As gathered.</param>
public sealed record DiagnosisRound(DiagnosticPlan Request, RoundResults Results);

/// <summary>What a diagnosis cost.</summary>
/// <param name="Rounds">Rounds that ran.</param>
/// <param name="Tokens">As the gateway reported them; 0 when it didn't.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record DiagnosisUsage(int Rounds, long Tokens, double Seconds);
