using System.Text.Json.Serialization;
using Sonde.Commands;
using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>One line of <c>audit.jsonl</c>: what the agent did, or was told to do.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(DiagnosisStarted), "started")]
[JsonDerivedType(typeof(ModelAsked), "model_asked")]
[JsonDerivedType(typeof(GatewayCalled), "gateway_call")]
[JsonDerivedType(typeof(ReplyReceived), "reply")]
[JsonDerivedType(typeof(PlanDecided), "approval")]
[JsonDerivedType(typeof(RoundStarted), "round_started")]
[JsonDerivedType(typeof(ProgramAttached), "program_attached")]
[JsonDerivedType(typeof(CommandRan), "command")]
[JsonDerivedType(typeof(ProgramDetached), "program_detached")]
[JsonDerivedType(typeof(RoundEnded), "round_ended")]
[JsonDerivedType(typeof(NoteTaken), "note")]
[JsonDerivedType(typeof(DiagnosisEnded), "ended")]
internal abstract record AuditEntry
{
    /// <summary>UTC.</summary>
    public DateTimeOffset Time { get; init; }
}

/// <summary>The diagnosis began.</summary>
internal sealed record DiagnosisStarted(string Session, string Issue, string Model, int ProcessId) : AuditEntry;

/// <summary>The model is about to be asked.</summary>
internal sealed record ModelAsked(string Model, int Round) : AuditEntry;

/// <summary>One attempt at a call to the gateway.</summary>
/// <param name="Status">HTTP status; 0 when no whole answer came.</param>
/// <param name="SentBytes">Of the body.</param>
/// <param name="ReceivedBytes">Of the answer's body.</param>
/// <param name="DurationMs">Until the answer was whole, or the failure known.</param>
/// <param name="Failure">Why there was no answer, or null.</param>
internal sealed record GatewayCalled(int Status, long SentBytes, long ReceivedBytes, long DurationMs, string? Failure) : AuditEntry;

/// <summary>A reply of the model, valid or not.</summary>
/// <param name="Sha256">Of its text as it came, so that it can be recognised in a gateway's own log.</param>
/// <param name="Bytes">Its size in UTF-8.</param>
/// <param name="Tokens">Of the call, as the gateway reports them.</param>
/// <param name="Read">What it was: <c>diagnostic</c>, <c>resolution</c> or <c>invalid</c>.</param>
/// <param name="Commands">That it asked for.</param>
/// <param name="Programs">Likewise.</param>
/// <param name="Faults">Of an invalid one.</param>
internal sealed record ReplyReceived(string Sha256, long Bytes, long Tokens, string Read, int Commands, int Programs, IReadOnlyList<ProtocolFault> Faults) : AuditEntry;

/// <summary>A person's word on a plan.</summary>
/// <param name="Round">From 1.</param>
/// <param name="Decision"><c>approved</c>, <c>approved_in_part</c>, <c>refused</c> or <c>ended</c>.</param>
/// <param name="Refused">Ids of commands and names of programs.</param>
internal sealed record PlanDecided(int Round, string Decision, IReadOnlyList<string> Refused) : AuditEntry;

/// <summary>A round begins.</summary>
internal sealed record RoundStarted(int Round, int Commands, int Programs) : AuditEntry;

/// <summary>A program was attached, or not.</summary>
/// <param name="Key">In the results.</param>
/// <param name="Type">As it was asked for.</param>
/// <param name="Target">Likewise.</param>
/// <param name="Attached">Mechanism and target, or null.</param>
/// <param name="Seconds">The window.</param>
/// <param name="Error">Why it was not, or null.</param>
internal sealed record ProgramAttached(string Key, ProbeType Type, string Target, string? Attached, double Seconds, string? Error) : AuditEntry;

/// <summary>A command ended, or never ran.</summary>
/// <param name="Id">In the results.</param>
/// <param name="Command">As it ran, but for secrets.</param>
/// <param name="Verdict">What stood between it and the host.</param>
/// <param name="Profile">Of the sandbox, or the built-in's name.</param>
/// <param name="ExitCode">Null when it never started or was killed.</param>
/// <param name="DurationMs">Wall time.</param>
/// <param name="OutputLength">Characters kept of both streams.</param>
/// <param name="Redacted">Places where a secret stood.</param>
/// <param name="Error">Why it never ran or ended early, or null.</param>
internal sealed record CommandRan(
    string Id, string Command, CommandVerdict Verdict, string? Profile, int? ExitCode, long DurationMs, long OutputLength, int Redacted, string? Error) : AuditEntry;

/// <summary>A program was detached.</summary>
internal sealed record ProgramDetached(string Key, string Attached, EventCounts Counts, int Redacted) : AuditEntry;

/// <summary>A round is over.</summary>
internal sealed record RoundEnded(int Round) : AuditEntry;

/// <summary>What a person is told besides: a bound, a correction, a file that could not be written.</summary>
internal sealed record NoteTaken(string Text) : AuditEntry;

/// <summary>The diagnosis ended.</summary>
internal sealed record DiagnosisEnded(DiagnosisOutcome Outcome, DiagnosisUsage Usage, IReadOnlyDictionary<string, long> Redactions) : AuditEntry;

/// <summary>The audit log as JSON, by source generation.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditEntry))]
internal sealed partial class AuditJsonContext : JsonSerializerContext;
