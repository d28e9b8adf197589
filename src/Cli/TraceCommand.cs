using System.CommandLine;
using Microsoft.Extensions.Logging;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary><c>sonde trace TYPE TARGET</c>: one program without a model.</summary>
internal static class TraceCommand
{
    private static readonly Argument<string[]> Words = new("TYPE TARGET")
    {
        Description = "tracepoint, kprobe or kretprobe, and what to attach to; also as one word, kprobe:tcp_connect.",
        Arity = new ArgumentArity(1, 2),
    };

    // By the contract's names of the fields and filters: the reader of a model's programs reads these too.
    private static readonly (string Field, Option<string?> Option)[] Fields =
    [
        ("duration", Field("--duration", "SECONDS", $"Length of the window, {ProgramRequest.MinDuration:0} to {ProgramRequest.MaxDuration:0} (default {ProgramRequest.DefaultDuration:0}).", "-d")),
        ("pid", Field("--pid", "PID", "Only this process.")),
        ("tid", Field("--tid", "TID", "Only this thread.")),
        ("ppid", Field("--ppid", "PID", "Only children of this process.")),
        ("comm", Field("--comm", "NAME", "Only threads or processes of this name.")),
        ("uid", Field("--uid", "UID", "Only this user.")),
        ("cgroup", Field("--cgroup", "PATH", "Only this cgroup: a path, or the beginning of a container's id or name.")),
        ("min_latency_us", Field("--min-latency-us", "N", "Only calls that took at least so many microseconds.")),
        ("max_events", Field("--max-events", "N", $"Size of the sample in the result, up to {ProgramRequest.LargestMaxEvents}.")),
        ("aggregate", Field("--aggregate", "HOW", "auto (a sample of the events), events (all that the buffer takes) or counts (none).")),
    ];

    private static readonly Option<bool> ErrorsOnly = new("--errors-only") { Description = "Only calls that returned an error." };
    private static readonly Option<bool> Stack = new("--stack") { Description = "With kernel and user stacks." };
    private static readonly Option<string?> Folded = new("--folded") { Description = "Write all stacks into this file, as flame graphs take them; implies --stack.", HelpName = "FILE" };
    private static readonly Option<bool> Json = new("--json") { Description = "One event a line as JSON; the last line is {\"result\": …}." };
    private static readonly Option<double> OverheadBudget = CommonOptions.OverheadBudget();
    private static readonly Option<string?> ReadyFilePath = CommonOptions.ReadyFile();

    public static Command Create()
    {
        var command = new Command("trace", "Trace one kernel event live, without a model.") { Words };
        foreach (var (_, option) in Fields)
        {
            command.Options.Add(option);
        }

        command.Options.Add(ErrorsOnly);
        command.Options.Add(Stack);
        command.Options.Add(Folded);
        command.Options.Add(Json);
        command.Options.Add(OverheadBudget);
        command.Options.Add(ReadyFilePath);
        command.SetAction(static async (parsed, _) =>
        {
            using var stderr = new StderrLog(CommonOptions.LevelOf(parsed));
            return (int)await RunAsync(parsed, stderr.Log).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>The request that a command line stands for, with its fault where there is one.</summary>
    internal static ProgramRequest RequestOf(ParseResult parsed)
    {
        var words = parsed.GetValue(Words)!;
        var options = Fields.Select(field => KeyValuePair.Create(field.Field, parsed.GetValue(field.Option))).ToList();
        options.Add(KeyValuePair.Create("errors_only", parsed.GetValue(ErrorsOnly) ? "true" : null));
        options.Add(KeyValuePair.Create("stack", parsed.GetValue(Stack) || parsed.GetValue(Folded) is not null ? "true" : null));
        return ProgramRequestReader.Read(words.Length > 1 ? words[0] : null, words[^1], options);
    }

    /// <summary>What an error of the only program means for the shell.</summary>
    internal static ExitCode ExitCodeOf(ProgramError error) => error.Code switch
    {
        ErrorCodes.InvalidRequest or ErrorCodes.UnknownTarget => ExitCode.Usage,
        ErrorCodes.NoPermission or ErrorCodes.UnsupportedByKernel => ExitCode.NotPermitted,
        _ => ExitCode.Failed,
    };

    private static async Task<ExitCode> RunAsync(ParseResult parsed, ILogger log)
    {
        var request = RequestOf(parsed);
        if (request.Fault is { } fault)
        {
            Report(fault, log);
            return ExitCode.Usage;
        }

        var readyFile = parsed.GetValue(ReadyFilePath);
        ReadyFile.Clear(readyFile);
        using var interruption = new Interruption(log.Interrupted);
        using var stdout = Console.OpenStandardOutput();
        var live = new LiveTrace(PresenterFor(request, parsed.GetValue(Json), stdout), interruption);
        using var session = Composition.CreateTracer(parsed.GetValue(OverheadBudget)).Start([request], live);
        new Progress(log, readyFile).ProgramsAttached([.. session.Programs.Where(static program => program.Error is null)]);

        var result = await live.FollowAsync(session).ConfigureAwait(false);
        if (result.Error is { } error)
        {
            Report(error, log);
            return ExitCodeOf(error);
        }

        if (parsed.GetValue(Folded) is { } file && !TryWrite(file, result.FoldedStacks ?? "", log))
        {
            return ExitCode.Failed;
        }

        return interruption.Happened && !live.ReaderLeft ? ExitCode.Partial : ExitCode.Done;
    }

    private static TracePresenter PresenterFor(ProgramRequest request, bool json, Stream stdout)
    {
        var terminal = !json && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        if (!terminal)
        {
            return new LinePresenter(EventWriter.For(request, json), stdout);
        }

        var plain = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        var view = new LiveView($"{request.Type.ToString().ToLowerInvariant()}:{PrintableText.Line(request.Target)}", request.Duration);

        // A line for the cursor below; what cannot be asked is taken for the smallest that there is.
        return new TerminalPresenter(view, new LiveScreen(new StreamWriter(stdout), plain), request, static () =>
            (Math.Max(20, Console.WindowWidth - 1), Math.Max(4, Console.WindowHeight - 1)));
    }

    private static bool TryWrite(string file, string stacks, ILogger log)
    {
        try
        {
            File.WriteAllText(file, stacks);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Failed($"writing the stacks to {file}: {e.Message}");
            return false;
        }
    }

    private static void Report(ProgramError error, ILogger log)
    {
        log.Failed(error.Message);
        if (error.Suggestions.Count > 0)
        {
            var near = $"Near to it: {string.Join(", ", error.Suggestions)}. 'sonde list PATTERN' shows what there is.";
            log.Mended(near);
        }
    }

    private static Option<string?> Field(string name, string helpName, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = helpName };
}
