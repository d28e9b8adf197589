using System.CommandLine;
using Sonde.Dialogue;

namespace Sonde.Cli;

/// <summary><c>sonde prompt</c>.</summary>
internal static class PromptCommand
{
    public static Command Create()
    {
        var command = new Command("prompt", "Print the system prompt that teaches a model the contract.");
        command.SetAction(static _ =>
        {
            using var stdout = StandardOutput.Open();
            stdout.WriteLine(SystemPrompt.Text.TrimEnd());
            return (int)ExitCode.Done;
        });
        return command;
    }
}
