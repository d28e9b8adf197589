using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Sonde.Cli;

/// <summary>Options that more than one verb takes, with one meaning.</summary>
internal static class CommonOptions
{
    private static readonly Dictionary<string, LogLevel> Levels = new(StringComparer.OrdinalIgnoreCase)
    {
        ["trace"] = Microsoft.Extensions.Logging.LogLevel.Trace,
        ["debug"] = Microsoft.Extensions.Logging.LogLevel.Debug,
        ["info"] = Microsoft.Extensions.Logging.LogLevel.Information,
        ["warn"] = Microsoft.Extensions.Logging.LogLevel.Warning,
        ["error"] = Microsoft.Extensions.Logging.LogLevel.Error,
        ["none"] = Microsoft.Extensions.Logging.LogLevel.None,
    };

    /// <summary>What goes to stderr.</summary>
    public static readonly Option<string> LogLevel = CreateLogLevel();

    /// <summary>A file that appears once everything is attached.</summary>
    public static Option<string?> ReadyFile() => new("--ready-file")
    {
        Description = "This file appears once everything is attached, so that a script can wait for it.",
        HelpName = "PATH",
    };

    /// <summary>What one program may cost.</summary>
    public static Option<double> OverheadBudget()
    {
        var option = new Option<double>("--overhead-budget")
        {
            Description = "Percent of one CPU that one eBPF program may cost; beyond it, single events stop, then it is detached.",
            HelpName = "PERCENT",
            DefaultValueFactory = static _ => Tracing.Overhead.OverheadBudget.DefaultPercent,
        };
        option.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && !(double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) && percent > 0 && double.IsFinite(percent)))
            {
                result.AddError($"--overhead-budget: '{result.Tokens[0].Value}' is no percentage above 0.");
            }
        });
        return option;
    }

    /// <summary>The gateway's address.</summary>
    public static Option<string?> Endpoint() => new("--endpoint")
    {
        Description = "Base address of an OpenAI-compatible gateway.",
        HelpName = "URL",
    };

    /// <summary>The model's name.</summary>
    public static Option<string?> Model() => new("--model")
    {
        Description = "Model as the gateway knows it; 'builtin' for the built-in playbooks.",
        HelpName = "NAME",
    };

    /// <summary>What a report says of commands that ran outside the sandbox.</summary>
    public const string UnconfinedWarning = "COMMANDS RAN UNCONFINED (--unconfined): they had all rights of the agent, and nothing kept them from changing this host.";

    /// <summary>A person's consent; nothing that a model says sets it.</summary>
    public static Option<bool> Unconfined() => new("--unconfined")
    {
        Description = "Run commands WITHOUT the sandbox, with all rights of the agent. Only for a model that you trust with this host.",
    };

    /// <summary>The chosen level.</summary>
    public static LogLevel LevelOf(ParseResult parsed) => Levels[parsed.GetValue(LogLevel)!];

    private static Option<string> CreateLogLevel()
    {
        var option = new Option<string>("--log-level")
        {
            Description = $"What goes to stderr: {string.Join(", ", Levels.Keys)}.",
            HelpName = "LEVEL",
            Recursive = true,
            DefaultValueFactory = static _ => "info",
        };
        option.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && !Levels.ContainsKey(result.Tokens[0].Value))
            {
                result.AddError($"--log-level: '{result.Tokens[0].Value}' is none of {string.Join(", ", Levels.Keys)}.");
            }
        });
        return option;
    }
}
