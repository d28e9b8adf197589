using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary>Logs and progress: one line each on stderr, safe for a terminal. Built by hand, since a container costs more than the verbs it would serve.</summary>
internal sealed class StderrLog : IDisposable
{
    private readonly ConsoleLoggerProvider _console;
    private readonly LoggerFactory _factory;

    /// <param name="level">The least that is written.</param>
    public StderrLog(LogLevel level)
    {
        var options = new ConsoleLoggerOptions { FormatterName = LineFormatter.FormatterName, LogToStandardErrorThreshold = LogLevel.Trace };
        _console = new ConsoleLoggerProvider(new FixedOptions(options), [new LineFormatter()]);
        _factory = new LoggerFactory([_console], new LoggerFilterOptions { MinLevel = level });
        Log = _factory.CreateLogger("sonde");
    }

    /// <summary>The only logger of a command.</summary>
    public ILogger Log { get; }

    /// <summary>Returns once every line is out.</summary>
    public void Dispose()
    {
        _factory.Dispose();
        // It writes on a thread of its own, and the factory leaves alone what it was given.
        _console.Dispose();
    }

    private sealed class LineFormatter() : ConsoleFormatter(FormatterName)
    {
        public const string FormatterName = "sonde";

        public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
        {
            textWriter.Write(logEntry.LogLevel switch
            {
                LogLevel.Trace => "trace: ",
                LogLevel.Debug => "debug: ",
                LogLevel.Warning => "warning: ",
                LogLevel.Error or LogLevel.Critical => "error: ",
                _ => "",
            });
            textWriter.WriteLine(PrintableText.Lines(logEntry.Formatter(logEntry.State, logEntry.Exception)));
        }
    }

    private sealed class FixedOptions(ConsoleLoggerOptions options) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => options;

        public ConsoleLoggerOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}
