using System.CommandLine;
using Microsoft.Extensions.Logging;
using Sonde.Diagnosis;
using Sonde.Protocol;
using Sonde.Redaction;
using Sonde.Tracing;

namespace Sonde.Cli;

/// <summary><c>sonde execute FILE|-</c>: one diagnostic response in, its results out.</summary>
internal static class ExecuteCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A diagnostic response of the contract as JSON; - reads standard input." };
        var budget = CommonOptions.OverheadBudget();
        var readyFile = CommonOptions.ReadyFile();
        var unconfined = CommonOptions.Unconfined();
        var command = new Command("execute", "Run one diagnostic response and print its results as JSON.") { file, budget, readyFile, unconfined };
        command.SetAction(async (parsed, _) =>
        {
            using var stderr = new StderrLog(CommonOptions.LevelOf(parsed));
            return (int)await RunAsync(parsed.GetValue(file)!, Composition.CreateTracer(parsed.GetValue(budget)), parsed.GetValue(readyFile), parsed.GetValue(unconfined), stderr.Log).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(string file, ITracer tracer, string? readyFile, bool unconfined, ILogger log)
    {
        if (InputText.Read(file, ModelReplyReader.MaxReplyLength, out var fault) is not { } content)
        {
            log.Failed(fault!);
            return ExitCode.Usage;
        }

        if (ModelReplyReader.Read(content) is not DiagnosticAnswer answer)
        {
            ReportInvalid(ModelReplyReader.Read(content), file, log);
            return ExitCode.Usage;
        }

        var redactor = new Redactor();
        foreach (var remark in answer.Remarks.Select(redactor.Redact))
        {
            log.Mended(remark);
        }

        var remarks = answer.Remarks;
        if (unconfined)
        {
            log.Warned(CommonOptions.UnconfinedWarning);
            remarks = [.. remarks, CommonOptions.UnconfinedWarning];
        }

        ReadyFile.Clear(readyFile);
        using var interruption = new Interruption(log.Interrupted);
        using var commands = Composition.CreateCommandRunner(unconfined);
        var runner = new RoundRunner(tracer, commands, redactor);
        var round = await runner.RunAsync(new AdmittedPlan(answer.Plan, new Dictionary<string, CommandResult>()), round: 1, remarks, sink: null, new Progress(log, readyFile), interruption.Token).ConfigureAwait(false);
        using var stdout = StandardOutput.Open();
        await stdout.WriteLineAsync(ProtocolJson.Write(round.Results, indented: true)).ConfigureAwait(false);
        return round.StoppedEarly ? ExitCode.Partial : ExitCode.Done;
    }

    private static void ReportInvalid(ModelAnswer answer, string file, ILogger log)
    {
        var source = file == InputText.StandardInput ? "standard input" : file;
        if (answer is InvalidAnswer { Faults: var faults })
        {
            foreach (var fault in faults)
            {
                log.Failed($"{source}: {fault.Path}: {fault.Message}");
            }
        }
        else
        {
            log.Failed($"{source}: this is a resolution; there is nothing to run. A diagnostic response has commands or ebpf_programs.");
        }
    }
}
