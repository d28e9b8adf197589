using Sonde.Cli;
using Sonde.Protocol;

namespace Sonde.Tests.Cli;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData(DiagnosisOutcome.Resolved, Confidence.Low, null, 0)]
    [InlineData(DiagnosisOutcome.Resolved, Confidence.Medium, ErrorCodes.NoPermission, 0)]
    [InlineData(DiagnosisOutcome.Resolved, Confidence.Low, ErrorCodes.NoPermission, 4)]
    [InlineData(DiagnosisOutcome.Failed, null, null, 1)]
    [InlineData(DiagnosisOutcome.Partial, null, null, 3)]
    [InlineData(DiagnosisOutcome.Partial, Confidence.Low, ErrorCodes.UnknownTarget, 3)]
    [InlineData(DiagnosisOutcome.Partial, null, ErrorCodes.NoPermission, 4)]
    [InlineData(DiagnosisOutcome.Partial, null, ErrorCodes.UnsupportedByKernel, 4)]
    public void A_diagnosis_ends_with_the_code_of_its_outcome(DiagnosisOutcome outcome, Confidence? confidence, string? programError, int expected)
    {
        var program = new ProgramResult
        {
            ProgramName = "p",
            Type = ProbeType.Kprobe,
            Target = "tcp_connect",
            StartTime = DateTimeOffset.UnixEpoch,
            EndTime = DateTimeOffset.UnixEpoch,
            Error = programError is null ? null : new ProgramError { Code = programError, Message = "" },
        };
        var results = new RoundResults { Round = 1, EbpfResults = new Dictionary<string, ProgramResult> { ["p_0"] = program } };
        var report = new DiagnosisReport
        {
            Session = "s",
            Issue = "i",
            Host = new HostFacts(),
            Model = DiagnosisReport.BuiltInModel,
            Outcome = outcome,
            Resolution = confidence is { } sure ? new Resolution { RootCause = "c", ResolutionPlan = "p", Confidence = sure } : null,
            Rounds = [new DiagnosisRound(new DiagnosticPlan(), results)],
            Usage = new DiagnosisUsage(1, 0, 1),
        };

        Assert.Equal(expected, (int)DiagnoseCommand.ExitCodeOf(report));
    }

    [Theory]
    [InlineData(ErrorCodes.InvalidRequest, 2)]
    [InlineData(ErrorCodes.UnknownTarget, 2)]
    [InlineData(ErrorCodes.NotTraceable, 1)]
    [InlineData(ErrorCodes.VerifierRejected, 1)]
    [InlineData(ErrorCodes.Internal, 1)]
    [InlineData(ErrorCodes.NoPermission, 4)]
    [InlineData(ErrorCodes.UnsupportedByKernel, 4)]
    public void A_trace_that_could_not_be_attached_says_why_by_its_code(string code, int expected) =>
        Assert.Equal(expected, (int)TraceCommand.ExitCodeOf(new ProgramError { Code = code, Message = "" }));
}
