using Sonde.Cli;
using Sonde.Commands.Sandboxing;

namespace Sonde;

/// <summary>Arguments to one command to an exit code.</summary>
internal static class Program
{
    // The sandbox's own verbs come before everything that takes time to set up: each command of a diagnosis pays for them.
    private static Task<int> Main(string[] args) => args switch
    {
        [SandboxRequest.Verb, ..] => Task.FromResult(SandboxExec.Run(args)),
        [SandboxGuard.Verb, ..] => Task.FromResult(SandboxGuard.Run(args)),
        _ => CommandLine.RunAsync(args),
    };
}
