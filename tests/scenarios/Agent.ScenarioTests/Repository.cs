namespace Sonde.ScenarioTests;

/// <summary>Where things are, and what the environment asks for.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Scenarios => Path.Combine(Root, "tests", "scenarios");

    /// <summary>Programs, results and the table of the last run.</summary>
    public static string Results => Path.Combine(Root, "artifacts", "scenarios");

    /// <summary>The published executable under test.</summary>
    public static string Binary => Environment.GetEnvironmentVariable("SONDE_BINARY") is { Length: > 0 } named ? named : Path.Combine(Root, "dist", "sonde");

    /// <summary>The kernel of the guest, <c>SONDE_SCENARIO_KERNEL</c>; <c>none</c> leaves the guest's scenarios out.</summary>
    public static string GuestKernel => Environment.GetEnvironmentVariable("SONDE_SCENARIO_KERNEL") is { Length: > 0 } named ? named : "6.12";

    /// <summary>
    /// With <c>SONDE_SCENARIOS</c> set, those names (<c>*</c> at the end of a name stands for anything); else one scenario of each fault, without its variants
    /// (a letter behind the number).
    /// </summary>
    public static bool IsWanted(string name)
    {
        var wanted = (Environment.GetEnvironmentVariable("SONDE_SCENARIOS") ?? "").Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return wanted.Length == 0 ? !char.IsAsciiLetter(name[2]) : wanted.Any(w => w.EndsWith('*') ? name.StartsWith(w[..^1], StringComparison.Ordinal) : name == w);
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Agent.csproj")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException($"no Agent.csproj above {AppContext.BaseDirectory}");
        }

        return folder;
    }
}
