using System.CommandLine;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary><c>sonde schema</c>.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command("schema", "Print the JSON schema of a model's response.");
        command.SetAction(static _ =>
        {
            using var stdout = StandardOutput.Open();
            stdout.WriteLine(DiagnosticSchema.Text.TrimEnd());
            return (int)ExitCode.Done;
        });
        return command;
    }
}
