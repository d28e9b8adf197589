using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sonde.Commands;
using Sonde.Dialogue;
using Sonde.Protocol;
using Sonde.Redaction;
using Sonde.Tracing;

namespace Sonde.Diagnosis;

/// <summary>
/// What was done on this host in a diagnosis, one JSON object a line in <c>audit.jsonl</c>. A line is with the kernel when the call returns: it survives the
/// agent. It holds what the redactor let through; a reply's hash is that of the text as it came.
/// </summary>
internal sealed class AuditLog(SessionFolder folder, TimeProvider time, Redactor redactor) : IInvestigationObserver
{
    public const string FileName = "audit.jsonl";

    private static readonly JsonTypeInfo<AuditEntry> Json = new AuditJsonContext(
        new JsonSerializerOptions(AuditJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).AuditEntry;

    public void Started(InvestigationOptions options, string model) =>
        Append(new DiagnosisStarted(options.Session, options.Issue, model, Environment.ProcessId));

    /// <inheritdoc/>
    public void AskingModel(string model, int round) => Append(new ModelAsked(model, round));

    /// <summary>One attempt, whatever came of it.</summary>
    public void Called(GatewayCall call) =>
        Append(new GatewayCalled(call.Status, call.SentBytes, call.ReceivedBytes, (long)call.Duration.TotalMilliseconds, call.Failure is { } failure ? redactor.Redact(failure) : null));

    public void Heard(ModelReply reply, ModelAnswer answer)
    {
        var bytes = Encoding.UTF8.GetBytes(reply.Content);
        var (read, commands, programs) = answer switch
        {
            DiagnosticAnswer diagnostic => ("diagnostic", diagnostic.Plan.Commands.Count, diagnostic.Plan.EbpfPrograms.Count),
            ResolutionAnswer => ("resolution", 0, 0),
            _ => ("invalid", 0, 0),
        };
        var faults = (answer as InvalidAnswer)?.Faults.Select(f => f with { Message = redactor.Redact(f.Message) }).ToList();
        Append(new ReplyReceived(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length, reply.Tokens, read, commands, programs, faults ?? []));
    }

    public void Decided(PlanDecided decision) => Append(decision);

    /// <inheritdoc/>
    public void RoundStarting(int round, DiagnosticPlan plan) => Append(new RoundStarted(round, plan.Commands.Count, plan.EbpfPrograms.Count));

    /// <inheritdoc/>
    public void ProgramsAttached(IReadOnlyList<ProgramStatus> programs)
    {
        foreach (var program in programs)
        {
            Append(new ProgramAttached(
                program.Key, program.Request.Type, program.Request.Target, program.Attached, program.Request.Duration, program.Error is { } error ? $"{error.Code}: {error.Message}" : null));
        }
    }

    /// <inheritdoc/>
    public void CommandFinished(CommandOutcome outcome)
    {
        var result = outcome.Result;
        Append(new CommandRan(
            result.Id, result.Command, outcome.Verdict, outcome.Profile, result.ExitCode, result.DurationMs, outcome.FullStdout.Length + outcome.FullStderr.Length, result.Redacted, result.Error));
    }

    /// <inheritdoc/>
    public void RoundFinished(RoundResults results)
    {
        foreach (var (key, program) in results.EbpfResults)
        {
            if (program.Attached is { } attached && program.FromRound is null)
            {
                Append(new ProgramDetached(key, attached, program.Counts, program.Redacted));
            }
        }

        Append(new RoundEnded(results.Round));
    }

    /// <inheritdoc/>
    public void Notice(string text) => Append(new NoteTaken(text));

    public void Ended(DiagnosisReport report) => Append(new DiagnosisEnded(report.Outcome, report.Usage, report.Redactions));

    private void Append(AuditEntry entry) => folder.Append(FileName, JsonSerializer.Serialize(entry with { Time = time.GetUtcNow() }, Json));
}
