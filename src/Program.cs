using Sonde.Cli;

namespace Sonde;

/// <summary>Arguments to one command to an exit code.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => CommandLine.RunAsync(args);
}
