namespace Sonde.VmTests;

/// <summary>Where things are, and what the environment asks of the matrix.</summary>
internal static class Repository
{
    /// <summary>The kernels of the matrix, oldest first; <c>7</c> is the newest 7.x there is.</summary>
    public static readonly string[] Kernels = ["5.10", "6.1", "6.12", "6.18", "7"];

    /// <summary>Whether a BPF program can be preempted there; what hits it on that processor meanwhile is counted as missed.</summary>
    public static bool PreemptsPrograms(string kernel) => kernel is "6.18" or "7";

    public static string Root { get; } = FindRoot();

    public static string Vm => Path.Combine(Root, "tests", "vm");

    /// <summary>The published executable under test.</summary>
    public static string Binary => Environment.GetEnvironmentVariable("SONDE_BINARY") is { Length: > 0 } named ? named : Path.Combine(Root, "dist", "sonde");

    /// <summary>
    /// Why a kernel is left out, or null: <c>SONDE_VM_SKIP</c> is <c>all</c> or a list of kernels that this machine can't have.
    /// </summary>
    public static string? SkipReason(string kernel)
    {
        var skipped = Words("SONDE_VM_SKIP");
        return skipped.Contains("all") || skipped.Contains(kernel) ? $"kernel {kernel}: SONDE_VM_SKIP names it" : null;
    }

    /// <summary>With <c>SONDE_VM_CASES</c> set, only the cases of these names are run (<c>*</c> at the end of a name stands for anything).</summary>
    public static bool IsWanted(string caseName)
    {
        var wanted = Words("SONDE_VM_CASES");
        return wanted.Length == 0
            || wanted.Any(name => name.EndsWith('*') ? caseName.StartsWith(name[..^1], StringComparison.Ordinal) : caseName == name);
    }

    private static string[] Words(string variable) =>
        (Environment.GetEnvironmentVariable(variable) ?? "").Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);

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
