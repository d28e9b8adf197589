namespace Sonde.ScenarioTests;

/// <summary>One case of <c>tests/scenarios/cases</c>.</summary>
/// <param name="Name">Its file's name.</param>
/// <param name="InGuest">Whether it needs mounts, disks or limits that no test may touch on the machine it runs on.</param>
/// <param name="Alone">Whether another's fault beside it would be as good an answer to its issue, or it takes the processors from others.</param>
internal sealed record Scenario(string Name, bool InGuest, bool Alone)
{
    /// <summary>All wanted cases, in the order of their names.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. Directory.GetFiles(Path.Combine(Repository.Scenarios, "cases"), "*.sh").Order(StringComparer.Ordinal)
            .Select(file => new Scenario(Path.GetFileNameWithoutExtension(file), File.ReadLines(file).Contains("where=guest"), File.ReadLines(file).Contains("alone=yes")))
            .Where(scenario => Repository.IsWanted(scenario.Name)),
    ];
}
