using Sonde.Diagnosis;
using Sonde.Protocol;
using Sonde.Redaction;

namespace Sonde.Tests.Diagnosis;

/// <summary>What a signal does to a round depends on what there was to stop.</summary>
public sealed class RoundRunnerTests
{
    private static readonly ProgramError Refused = new() { Code = ErrorCodes.UnsupportedByKernel, Message = "this kernel is built without kprobes" };

    [Fact]
    public async Task A_window_that_a_signal_ended_was_stopped_early()
    {
        var round = await RunAsync(new RecordingTracer([]) { WindowsEnd = new TaskCompletionSource() }, stopped: true);

        Assert.True(round.StoppedEarly);
        Assert.Contains("stopped early", Assert.Single(round.Results.Notes!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_nothing_was_attached_and_nothing_run_a_signal_cuts_nothing_short(bool stopped)
    {
        var round = await RunAsync(new RecordingTracer([]) { Refusal = Refused }, stopped);

        Assert.False(round.StoppedEarly);
        Assert.Null(round.Results.Notes);
    }

    [Fact]
    public async Task Without_a_signal_a_round_runs_to_its_end()
    {
        var round = await RunAsync(new RecordingTracer([]), stopped: false);

        Assert.False(round.StoppedEarly);
        Assert.Null(round.Results.Notes);
    }

    private static Task<RoundOutcome> RunAsync(RecordingTracer tracer, bool stopped)
    {
        var plan = new DiagnosticPlan { Commands = [], EbpfPrograms = [new ProgramRequest { Name = "refused", Type = ProbeType.Kprobe, Target = "do_mmap" }] };
        return new RoundRunner(tracer, new RecordingRunner([]), new Redactor())
            .RunAsync(new AdmittedPlan(plan, new Dictionary<string, CommandResult>()), round: 1, remarks: [], sink: null, new SilentObserver(), new CancellationToken(stopped));
    }
}
