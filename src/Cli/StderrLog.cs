using Microsoft.Extensions.Logging;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary>
/// Logs and progress: one line each on stderr, safe for a terminal, written before the call returns. The framework's console logger writes from a queue
/// and drops what is still in it when it is disposed, which for a short-lived command is the error that explains its exit code.
/// </summary>
internal sealed class StderrLog : IDisposable
{
    private readonly StreamWriter _stderr = new(Console.OpenStandardError()) { AutoFlush = true };

    /// <param name="level">The least that is written.</param>
    public StderrLog(LogLevel level) => Log = new Lines(_stderr, level);

    /// <summary>The only logger of a command.</summary>
    public ILogger Log { get; }

    public void Dispose() => _stderr.Dispose();

    private sealed class Lines(TextWriter stderr, LogLevel least) : ILogger
    {
        private readonly Lock _gate = new();

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var mark = logLevel switch
            {
                LogLevel.Trace => "trace: ",
                LogLevel.Debug => "debug: ",
                LogLevel.Warning => "warning: ",
                LogLevel.Error or LogLevel.Critical => "error: ",
                _ => "",
            };
            var line = mark + PrintableText.Lines(formatter(state, exception));
            lock (_gate)
            {
                try
                {
                    stderr.WriteLine(line);
                }
                catch (IOException)
                {
                    // Nobody reads stderr any more; that is no reason to stop.
                }
            }
        }
    }
}
