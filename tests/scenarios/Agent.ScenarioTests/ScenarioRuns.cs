using System.Diagnostics;

namespace Sonde.ScenarioTests;

/// <summary>Runs every scenario once: first those that must be alone, then those for the guest in one boot and beside it the others here, some side by side.</summary>
public sealed class ScenarioRuns : IAsyncLifetime
{
    // A diagnosis mostly waits for its window.
    private const int SideBySide = 3;

    private readonly Dictionary<string, ScenarioResult> _results = [];
    private readonly Dictionary<string, Task<ScenarioResult>> _here = [];
    private Task<string?>? _guest;

    private static string Faults => Path.Combine(Repository.Results, "faults");

    private static string GuestOut => Path.Combine(Repository.Results, "guest-out");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Directory.Exists(Repository.Results))
        {
            Directory.Delete(Repository.Results, recursive: true);
        }

        Directory.CreateDirectory(Faults);
        foreach (var source in Directory.GetFiles(Path.Combine(Repository.Scenarios, "faults"), "*.c"))
        {
            var (code, said) = await RunAsync("gcc", ["-O2", "-Wall", "-Wextra", "-Werror", "-static", "-pthread", "-o", Path.Combine(Faults, Path.GetFileNameWithoutExtension(source)), source], []);
            Assert.True(code == 0, said);
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        // An emulated guest takes a whole processor: that is an answer to some issues too.
        var alone = StartAlone();
        if (Repository.GuestKernel != "none" && Scenario.All.Any(s => s.InGuest))
        {
            _guest = GuestAfterAsync(alone);
        }

        StartSideBySide(alone);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_guest is not null)
        {
            await _guest;
        }

        var rows = _results.Values.OrderBy(r => r.Name, StringComparer.Ordinal).Select(r => r.Row);
        await File.WriteAllLinesAsync(Path.Combine(Repository.Results, "table"), [$"{"scenario",-36}  {"cause",-8}  {"confidence",-10}  seconds", .. rows]);
    }

    /// <summary>The result of one scenario, made now or waited for.</summary>
    internal async Task<ScenarioResult> OfAsync(Scenario scenario) =>
        _results[scenario.Name] = !Environment.IsPrivilegedProcess ? new ScenarioResult { Name = scenario.Name, Title = scenario.Name, Skipped = "tracing needs root" }
            : scenario.InGuest ? await InGuestAsync(scenario) : await _here[scenario.Name];

    private Task StartAlone()
    {
        var before = Task.CompletedTask;
        foreach (var scenario in Scenario.All.Where(s => !s.InGuest && s.Alone))
        {
            before = _here[scenario.Name] = HereAfterAsync(before, scenario);
        }

        return before;
    }

    private void StartSideBySide(Task before)
    {
        var lanes = new Task[SideBySide];
        Array.Fill(lanes, before);
        foreach (var (index, scenario) in Scenario.All.Where(s => !s.InGuest && !s.Alone).Index())
        {
            lanes[index % SideBySide] = _here[scenario.Name] = HereAfterAsync(lanes[index % SideBySide], scenario);
        }
    }

    private static async Task<string?> GuestAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await BootAsync();
    }

    private static async Task<ScenarioResult> HereAfterAsync(Task before, Scenario scenario)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await Task.Run(() => HereAsync(scenario));
    }

    private static async Task<ScenarioResult> HereAsync(Scenario scenario)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Results, scenario.Name)).FullName;
        var (_, said) = await RunAsync("sh", [Path.Combine(Repository.Scenarios, "scenario.sh"), scenario.Name, folder],
            new() { ["FAULTS"] = Faults, ["SONDE"] = Repository.Binary });
        await File.WriteAllTextAsync(Path.Combine(folder, "scenario.err"), said);
        return ScenarioResult.Read(scenario.Name, folder);
    }

    private async Task<ScenarioResult> InGuestAsync(Scenario scenario) =>
        _guest is null ? new ScenarioResult { Name = scenario.Name, Title = scenario.Name, Skipped = "SONDE_SCENARIO_KERNEL=none: it needs a guest" }
        : await _guest is { } trouble && !Directory.Exists(Path.Combine(GuestOut, scenario.Name))
            ? new ScenarioResult { Name = scenario.Name, Title = scenario.Name, Trouble = trouble }
            : ScenarioResult.Read(scenario.Name, Path.Combine(GuestOut, scenario.Name));

    // Null when the guest got through its list.
    private static async Task<string?> BootAsync()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Results, "guest")).FullName;
        await RunAsync("cp", ["-r", Path.Combine(Repository.Scenarios, "cases"), Path.Combine(Repository.Scenarios, "scenario.sh"), Path.Combine(Repository.Scenarios, "lib.sh"), Faults, folder], []);
        await File.WriteAllTextAsync(Path.Combine(folder, "run"),
            $"""
            #!/bin/sh
            for case in {string.Join(' ', Scenario.All.Where(s => s.InGuest).Select(s => s.Name))}; do
            FAULTS=/guest/faults SONDE=$(command -v sonde) sh /guest/scenario.sh $case /guest/out/$case 2>/guest/out/$case.err
            mv /guest/out/$case.err /guest/out/$case/scenario.err
            sync
            done

            """);
        File.SetUnixFileMode(Path.Combine(folder, "run"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (code, said) = await RunAsync(Path.Combine(Repository.Root, "tests", "vm", "run-guest.sh"), [Repository.GuestKernel, folder, GuestOut],
            new() { ["SONDE_VM_TIMEOUT"] = "1200", ["SONDE_BINARY"] = Repository.Binary });
        return code == 0 ? null : $"the guest ended early: {said}";
    }

    private static async Task<(int ExitCode, string Said)> RunAsync(string program, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }
}
