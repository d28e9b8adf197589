using System.CommandLine;
using Sonde.Dialogue;

namespace Sonde.Cli;

/// <summary><c>sonde tensorzero DIR</c>.</summary>
internal static class TensorZeroCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "The folder to write; it is created where needed." };
        var force = new Option<bool>("--force") { Description = "Replace files that are there with other content." };
        var command = new Command("tensorzero", "Write a folder that a TensorZero gateway can be started on.") { directory, force };
        command.SetAction(parsed =>
        {
            var outcome = TensorZeroKit.Write(parsed.GetValue(directory)!, parsed.GetValue(force));
            using var stdout = StandardOutput.Open();
            foreach (var file in outcome.Written)
            {
                stdout.WriteLine(Path.Combine(parsed.GetValue(directory)!, file));
            }

            if (outcome.Error is { } error)
            {
                Console.Error.WriteLine($"error: {error}");
                return (int)ExitCode.Failed;
            }

            return (int)ExitCode.Done;
        });
        return command;
    }
}
