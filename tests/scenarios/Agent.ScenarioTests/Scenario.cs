namespace Sonde.ScenarioTests;

/// <summary>One case of <c>tests/scenarios/cases</c>.</summary>
/// <param name="Name">Its file's name.</param>
/// <param name="InGuest">Whether it needs mounts, disks or limits that no test may touch on the machine it runs on.</param>
internal sealed record Scenario(string Name, bool InGuest)
{
    /// <summary>All cases, in the order of their names; <c>SONDE_SCENARIOS="01* 12-descriptors"</c> narrows them.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. Directory.GetFiles(Path.Combine(Repository.Scenarios, "cases"), "*.sh").Order(StringComparer.Ordinal)
            .Select(file => new Scenario(Path.GetFileNameWithoutExtension(file), File.ReadLines(file).Any(line => line == "where=guest")))
            .Where(scenario => Repository.IsWanted(scenario.Name)),
    ];
}
