namespace Sonde.ScenarioTests;

/// <summary>A fault made for real, an issue in an operator's words, and the published binary with its playbooks: the cause is checked by its facts.</summary>
public sealed class ScenarioTests(ScenarioRuns runs) : IClassFixture<ScenarioRuns>
{
    public static TheoryData<string> Names => [.. Scenario.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_cause_is_found_with_its_facts(string name)
    {
        var result = await runs.OfAsync(Scenario.All.Single(s => s.Name == name));

        Assert.SkipWhen(result.Skipped is not null, result.Skipped ?? "");
        Assert.True(result.Trouble is null, result.Trouble);
        Assert.Equal("builtin", result.Model);
        Assert.True(result.IsRight, $"{result.Row}\nmissing: {string.Join(", ", result.Missing)}\ncause: {result.Cause}\n{result.Evidence}");
    }
}
