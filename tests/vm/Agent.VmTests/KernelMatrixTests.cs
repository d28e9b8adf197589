using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sonde.Cli;

namespace Sonde.VmTests;

/// <summary>The published executable on the kernels of the matrix, against events that the guest really made.</summary>
public sealed class KernelMatrixTests(KernelMatrix matrix) : IClassFixture<KernelMatrix>
{
    public static TheoryData<string> Kernels => [.. Repository.Kernels];

    public static TheoryData<string, string> KernelsAndCases
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var kernel in Repository.Kernels)
            {
                foreach (var name in VmCase.Names)
                {
                    rows.Add(kernel, name);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public async Task The_static_binary_starts_even_in_an_empty_root_folder(string kernel)
    {
        var run = await RunOn(kernel);
        var start = Files(run, kernel, "start");
        Assert.Equal("0", start["exit"].Trim());
        Assert.NotEmpty(start["version"].Trim());
        Assert.Empty(start["stderr"]);
        Assert.Equal(start["version"], start["version-in-empty-root"]);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public async Task The_kernel_logs_no_fault_through_all_cases(string kernel)
    {
        var run = await RunOn(kernel);
        Assert.Empty(Files(run, kernel, "end")["kernel"]);
    }

    [Theory]
    [MemberData(nameof(KernelsAndCases))]
    public async Task A_case_is_seen_as_it_happened(string kernel, string name)
    {
        Assert.SkipUnless(Repository.IsWanted(name), $"{name}: SONDE_VM_CASES does not name it");
        var vmCase = VmCase.Load(name);
        Assert.SkipWhen(IsOlder(kernel, vmCase.Since), $"{name}: needs kernel {vmCase.Since}");
        var files = Files(await RunOn(kernel), kernel, name);
        foreach (var actor in vmCase.Actors.Keys.Where(actor => !vmCase.Lingers(actor)))
        {
            Assert.True(files.GetValueOrDefault($"{actor}.exit")?.Trim() == "0", $"the workload {actor} failed: {files.GetValueOrDefault($"{actor}.err")}");
        }

        var said = $"stderr: {files["stderr"]}{files["init.err"]}";
        var exit = ((int)(vmCase.WholeWindow ? ExitCode.Done : ExitCode.Partial)).ToString(CultureInfo.InvariantCulture);
        Assert.True(files["exit"].Trim() == exit, $"sonde execute ended with exit code {files["exit"].Trim()} instead of {exit}; {said}");
        var results = Programs(files["result.json"]);
        Assert.True(results is not null, $"no ebpf_results in what sonde execute printed: {files["result.json"]}; {said}");

        var pids = vmCase.Actors.Keys.ToDictionary(actor => actor, actor => files.GetValueOrDefault($"{actor}.pid", "").Trim());
        var differences = new ProgramChecks(new Expectation(kernel, pids), Repository.PreemptsPrograms(kernel)).Differences(vmCase.Expect, results).ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences) + $"\nwhole result: {results.ToJsonString()}\n{said}");
    }

    private async Task<GuestRun> RunOn(string kernel)
    {
        var skip = Repository.SkipReason(kernel);
        Assert.SkipWhen(skip is not null, skip ?? "");
        return await matrix.On(kernel);
    }

    private static IReadOnlyDictionary<string, string> Files(GuestRun run, string kernel, string name)
    {
        Assert.True(run.Cases.ContainsKey(name), $"nothing came back from {name} on kernel {kernel}. {run.Trouble}");
        return run.Cases[name];
    }

    private static JsonObject? Programs(string printed)
    {
        try
        {
            return JsonNode.Parse(printed)?["ebpf_results"]?.AsObject();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsOlder(string kernel, string? since) =>
        since is not null && Array.IndexOf(Repository.Kernels, kernel) < Array.IndexOf(Repository.Kernels, since);
}
