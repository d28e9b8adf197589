using System.CommandLine;
using Microsoft.Extensions.Logging;
using Sonde.Diagnosis;
using Sonde.Dialogue;
using Sonde.Protocol;
using Sonde.Report;

namespace Sonde.Cli;

/// <summary><c>sonde diagnose [ISSUE]</c>: the main job.</summary>
internal static class DiagnoseCommand
{
    private const int LongestIssue = 64 * 1024;

    private static readonly Argument<string[]> Issue = new("ISSUE")
    {
        Description = "What is wrong, in your own words. Without it, a terminal is asked and other input is read.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string?> Endpoint = CommonOptions.Endpoint();
    private static readonly Option<string?> Model = CommonOptions.Model();

    private static readonly Option<int> MaxRounds = AtLeast(1, new Option<int>("--max-rounds")
    {
        Description = "Rounds of evidence the model may ask for.",
        HelpName = "N",
        DefaultValueFactory = static _ => InvestigationOptions.DefaultMaxRounds,
    });

    private static readonly Option<int> DurationLimit = AtLeast(1, new Option<int>("--duration-limit")
    {
        Description = "Seconds that the whole diagnosis may take.",
        HelpName = "SECONDS",
        DefaultValueFactory = static _ => (int)InvestigationOptions.DefaultWallTime.TotalSeconds,
    });

    private static readonly Option<int> ContextBudget = AtLeast(InvestigationOptions.SmallestContextBudget, new Option<int>("--context-budget")
    {
        Description = "Characters of one message with results.",
        HelpName = "N",
        DefaultValueFactory = static _ => InvestigationOptions.DefaultContextBudget,
    });

    private static readonly Option<long?> MaxTokens = new("--max-tokens")
    {
        Description = "Tokens, as the gateway reports them, after which no further round is run.",
        HelpName = "N",
    };

    private static readonly Option<int> MaxCommands = AtLeast(0, new Option<int>("--max-commands")
    {
        Description = "Commands that run in all rounds together.",
        HelpName = "N",
        DefaultValueFactory = static _ => InvestigationOptions.DefaultMaxCommands,
    });

    private static readonly Option<int> MaxPrograms = AtLeast(0, new Option<int>("--max-programs")
    {
        Description = "eBPF programs that run in all rounds together.",
        HelpName = "N",
        DefaultValueFactory = static _ => InvestigationOptions.DefaultMaxPrograms,
    });

    private static readonly Option<int> MaxBytes = AtLeast(InvestigationOptions.SmallestContextBudget, new Option<int>("--max-bytes")
    {
        Description = "Bytes of all messages to the model after which no further round is run.",
        HelpName = "N",
        DefaultValueFactory = static _ => InvestigationOptions.DefaultMaxBytes,
    });

    private static readonly Option<bool> Approve = new("--approve") { Description = "Show each plan at the terminal and ask before anything of it runs." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Show the first plan and run nothing of it." };
    private static readonly Option<bool> ShowSent = new("--show-sent") { Description = "Print each request to the gateway on stderr, byte for byte, as it is sent." };
    private static readonly Option<double> OverheadBudget = CommonOptions.OverheadBudget();
    private static readonly Option<bool> Json = new("--json") { Description = "Print the report as JSON." };

    private static readonly Option<bool> Unconfined = CommonOptions.Unconfined();

    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Folder for the transcript, all events and outputs, and the report; by default one below the state directory.",
        HelpName = "DIR",
    };

    public static Command Create()
    {
        var command = new Command("diagnose", "Diagnose an issue on this host: the main job.")
        {
            Issue, Model, Endpoint, MaxRounds, DurationLimit, ContextBudget, MaxTokens, MaxCommands, MaxPrograms, MaxBytes, OverheadBudget, Approve, DryRun, ShowSent, Json, Report, Unconfined,
        };
        command.SetAction(static async (parsed, _) =>
        {
            using var stderr = new StderrLog(CommonOptions.LevelOf(parsed));
            return (int)await RunAsync(parsed, stderr.Log).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(ParseResult parsed, ILogger log)
    {
        var choice = GatewayChoice.Resolve(parsed.GetValue(Endpoint), parsed.GetValue(Model), Environment.GetEnvironmentVariable);
        if (choice.Error is { } fault)
        {
            log.Failed(fault);
            return ExitCode.Usage;
        }

        if (choice.Warning is { } warning)
        {
            log.Warned(warning);
        }

        if (ReadIssue(parsed.GetValue(Issue) ?? [], log) is not { } issue)
        {
            return ExitCode.Usage;
        }

        string? noTerminal = null;
        using var approval = parsed.GetValue(Approve) && !parsed.GetValue(DryRun) ? ApprovalPrompt.Open(parsed.GetValue(Unconfined), out noTerminal) : null;
        if (noTerminal is not null)
        {
            log.Failed(noTerminal);
            return ExitCode.Usage;
        }

        ProcessStart.Prepare();
        using var interruption = new Interruption(log.Interrupted);
        var tracer = Composition.CreateTracer(parsed.GetValue(OverheadBudget));
        var options = new InvestigationOptions
        {
            Issue = issue,
            Session = SessionId.Create(TimeProvider.System),
            MaxRounds = parsed.GetValue(MaxRounds),
            WallTime = TimeSpan.FromSeconds(parsed.GetValue(DurationLimit)),
            MaxTokens = parsed.GetValue(MaxTokens),
            MaxCommands = parsed.GetValue(MaxCommands),
            MaxPrograms = parsed.GetValue(MaxPrograms),
            MaxBytes = parsed.GetValue(MaxBytes),
            Approval = approval,
            DryRun = parsed.GetValue(DryRun),
            ContextBudget = parsed.GetValue(ContextBudget),
            ReportDirectory = parsed.GetValue(Report),
            CollectHost = (parsed.GetValue(DryRun) ? Composition.CreateHostFactsOnly() : Composition.CreateHostFacts(tracer)).Collect,
            OpeningNotes = parsed.GetValue(Unconfined) ? [CommonOptions.UnconfinedWarning] : [],
        };
        var progress = new Progress(log);
        var sending = parsed.GetValue(ShowSent) ? SentRequests.Show : (Action<Uri, ReadOnlyMemory<byte>>?)null;
        if (sending is not null && choice.IsBuiltIn)
        {
            log.Mended("Nothing is sent: the built-in playbooks answer.");
        }

        var model = Composition.CreateModel(choice.Gateway, options.Session, log.Warned, sending);
        using var disposable = model as IDisposable;
        using var commands = Composition.CreateCommandRunner(parsed.GetValue(Unconfined));
        var report = await Investigation.RunAsync(options, model, tracer, commands, progress, interruption.Token).ConfigureAwait(false);

        if (options.DryRun && report.Rounds is [var first])
        {
            await PrintPlanAsync(first.Request, parsed.GetValue(Json), parsed.GetValue(Unconfined)).ConfigureAwait(false);
            return ExitCode.Done;
        }

        await PrintAsync(report, progress.Folder, parsed.GetValue(Json)).ConfigureAwait(false);
        return ExitCodeOf(report);
    }

    private static async Task PrintPlanAsync(DiagnosticPlan plan, bool json, bool unconfined)
    {
        using var stdout = StandardOutput.Open();
        await stdout.WriteAsync(json ? ProtocolJson.Write(plan, indented: true) + "\n" : PlanText.Write(round: 1, plan, unconfined)).ConfigureAwait(false);
    }

    private static async Task PrintAsync(DiagnosisReport report, string? folder, bool json)
    {
        using var stdout = StandardOutput.Open();
        await stdout.WriteAsync(json
            ? ProtocolJson.Write(report, indented: true) + "\n"
            : TextReport.Write(report, folder, TextReport.WantsColour(Console.IsOutputRedirected, Environment.GetEnvironmentVariable))).ConfigureAwait(false);
    }

    /// <summary>
    /// Of a diagnosis that ended. Where this host allowed no kernel evidence at all, only a resolution that is sure of something counts as
    /// the job done.
    /// </summary>
    internal static ExitCode ExitCodeOf(DiagnosisReport report)
    {
        var programs = report.Rounds.SelectMany(static round => round.Results.EbpfResults.Values).ToList();
        var refused = programs.Count > 0 && programs.All(static program => program.Error?.Code is ErrorCodes.NoPermission or ErrorCodes.UnsupportedByKernel);
        return report.Outcome switch
        {
            DiagnosisOutcome.Resolved when !refused || report.Resolution?.Confidence > Confidence.Low => ExitCode.Done,
            _ when refused => ExitCode.NotPermitted,
            DiagnosisOutcome.Partial => ExitCode.Partial,
            _ => ExitCode.Failed,
        };
    }

    private static string? ReadIssue(string[] words, ILogger log)
    {
        string? issue;
        if (words.Length > 0)
        {
            issue = string.Join(' ', words);
        }
        else if (Console.IsInputRedirected)
        {
            issue = InputText.Read(InputText.StandardInput, LongestIssue, out var fault);
            if (issue is null)
            {
                log.Failed(fault!);
                return null;
            }
        }
        else
        {
            Console.Error.Write("What is wrong? ");
            issue = Console.In.ReadLine();
        }

        issue = issue?.Trim();
        if (string.IsNullOrEmpty(issue))
        {
            log.Failed("No issue was given. Say what is wrong: sonde diagnose \"my app cannot connect to its database\".");
            return null;
        }

        if (issue.Length > LongestIssue)
        {
            log.Failed($"The issue is longer than {LongestIssue} characters. Describe it in a few sentences; the logs of this host are read by the diagnosis itself.");
            return null;
        }

        return issue;
    }

    private static Option<int> AtLeast(int least, Option<int> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value < least)
            {
                result.AddError($"{result.Option.Name}: {value} is too small; it takes {least} or more.");
            }
        });
        return option;
    }
}
