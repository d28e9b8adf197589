using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;

namespace Sonde.Cli;

/// <summary>The verbs, and what becomes of a line that is none of them.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command line.</summary>
    /// <returns>An <see cref="ExitCode"/> as a number.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        // A file's worth of arguments never begins with "@": an issue may.
        var parsed = Build().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is not HelpPage && UsageErrors(parsed) is { Count: > 0 } errors)
        {
            return (int)ReportUsage(parsed, errors);
        }

        try
        {
            // Signals are the verbs' own: they end with what was gathered.
            var plain = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(plain).ConfigureAwait(false);
        }
        catch (IOException broken) when (broken.HResult == BrokenPipe)
        {
            // Whoever read the output has seen enough.
            return (int)ExitCode.Done;
        }
        catch (Exception surprise)
        {
            Console.Error.WriteLine($"sonde: a fault of the agent's own: {surprise}");
            return (int)ExitCode.Failed;
        }
    }

    /// <summary>The whole command tree.</summary>
    public static RootCommand Build()
    {
        var root = new RootCommand("Finds the root cause of a problem on a live Linux host, with kernel evidence.")
        {
            DiagnoseCommand.Create(),
            ExecuteCommand.Create(),
            TraceCommand.Create(),
            ListCommand.Create(),
            CheckCommand.Create(),
            PromptCommand.Create(),
            SchemaCommand.Create(),
            TensorZeroCommand.Create(),
        };
        root.Options.Add(CommonOptions.LogLevel);
        foreach (var option in root.Options)
        {
            option.Action = option switch
            {
                HelpOption => new HelpPage((HelpAction)option.Action!),
                VersionOption => new VersionLine(),
                _ => option.Action,
            };
        }

        return root;
    }

    /// <summary>The version, and the source revision where it is known.</summary>
    public static string Version => typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private const int BrokenPipe = 32; // EPIPE

    /// <summary>What is wrong with a line; empty when nothing is.</summary>
    public static IReadOnlyList<string> UsageErrors(ParseResult parsed)
    {
        List<string> errors = [.. parsed.Errors.Select(static error => error.Message)];
        if (!parsed.Tokens.Any(static token => token.Type == TokenType.DoubleDash))
        {
            // Where words are free text, a mistyped option would pass as one of them.
            errors.AddRange(parsed.Tokens
                .Where(static token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))
                .Select(static token => $"There is no option '{token.Value}'. If it is meant as a word, put '--' before it."));
        }

        return errors;
    }

    private static ExitCode ReportUsage(ParseResult parsed, IReadOnlyList<string> errors)
    {
        var verb = parsed.CommandResult.Command is RootCommand ? "sonde" : $"sonde {parsed.CommandResult.Command.Name}";
        foreach (var error in errors)
        {
            Console.Error.WriteLine($"{verb}: {error}");
        }

        Console.Error.WriteLine($"Try '{verb} --help'.");
        return ExitCode.Usage;
    }

    private sealed class VersionLine : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            Console.Out.WriteLine($"sonde {Version}");
            return (int)ExitCode.Done;
        }
    }
}
