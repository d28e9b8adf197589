using Microsoft.Extensions.Logging;

namespace Sonde.Cli;

/// <summary>Everything that the verbs log.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(EventName = "Interrupted", Level = LogLevel.Information, Message = "Interrupted: detaching and keeping what was gathered. Once more ends at once.")]
    public static partial void Interrupted(this ILogger log);

    [LoggerMessage(EventName = "ReadyFileFailed", Level = LogLevel.Error, Message = "The ready file {Path} can't be written: {Reason}.")]
    public static partial void ReadyFileFailed(this ILogger log, string path, string reason);

    [LoggerMessage(EventName = "Mended", Level = LogLevel.Information, Message = "{Remark}")]
    public static partial void Mended(this ILogger log, string remark);

    [LoggerMessage(EventName = "Failed", Level = LogLevel.Error, Message = "{Reason}")]
    public static partial void Failed(this ILogger log, string reason);

    [LoggerMessage(EventName = "Warned", Level = LogLevel.Warning, Message = "{Reason}")]
    public static partial void Warned(this ILogger log, string reason);

    [LoggerMessage(EventName = "ProgramAttached", Level = LogLevel.Information, Message = "Attached {Attached} for {Seconds} s")]
    public static partial void ProgramAttached(this ILogger log, string attached, double seconds);

    [LoggerMessage(EventName = "ProgramRefused", Level = LogLevel.Warning, Message = "Not attached: {Type} {Target}: {Reason}")]
    public static partial void ProgramRefused(this ILogger log, string type, string target, string reason);

    [LoggerMessage(EventName = "CommandFinished", Level = LogLevel.Information, Message = "Ran {Command} in {Milliseconds} ms: {Ending}")]
    public static partial void CommandFinished(this ILogger log, string command, long milliseconds, string ending);

    [LoggerMessage(EventName = "SessionOpened", Level = LogLevel.Information, Message = "Session {Session}{Place}")]
    public static partial void SessionOpened(this ILogger log, string session, string place);

    [LoggerMessage(EventName = "ModelAsked", Level = LogLevel.Information, Message = "Asking {Model}")]
    public static partial void ModelAsked(this ILogger log, string model);

    [LoggerMessage(EventName = "RoundStarted", Level = LogLevel.Information, Message = "Round {Round}: {Reasoning}")]
    public static partial void RoundStarted(this ILogger log, int round, string reasoning);

    [LoggerMessage(EventName = "ProgramFinished", Level = LogLevel.Information, Message = "{Key}: {Summary}")]
    public static partial void ProgramFinished(this ILogger log, string key, string summary);
}
