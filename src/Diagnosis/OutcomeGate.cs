using Sonde.Commands;
using Sonde.Redaction;

namespace Sonde.Diagnosis;

/// <summary>Takes the secrets out of what a command printed, before anything of it is cut: half a secret can't be told from other text.</summary>
internal static class OutcomeGate
{
    // Of one stream in the results; more is in the session folder.
    private const int LongestOutput = 64 * 1024;
    private const string Rest = "more of it is in the session folder";

    /// <summary>The outcome without secrets, with the number of places where one stood.</summary>
    public static CommandOutcome Redact(CommandOutcome outcome, Redactor redactor)
    {
        var result = redactor.Redact(outcome.Result with { Stdout = "", Stderr = "" }, out var inCommand);
        var stdout = redactor.Redact(Longer(outcome.FullStdout, outcome.Result.Stdout), out var inStdout);
        var stderr = redactor.Redact(Longer(outcome.FullStderr, outcome.Result.Stderr), out var inStderr);
        return outcome with
        {
            Result = result with
            {
                Stdout = MiddleCut.Apply(stdout, LongestOutput, Rest),
                Stderr = MiddleCut.Apply(stderr, LongestOutput, Rest),
                Truncated = result.Truncated || stdout.Length > LongestOutput || stderr.Length > LongestOutput,
                Redacted = inCommand + inStdout + inStderr,
            },
            FullStdout = stdout,
            FullStderr = stderr,
        };
    }

    private static string Longer(string full, string shown) => full.Length >= shown.Length ? full : shown;
}
