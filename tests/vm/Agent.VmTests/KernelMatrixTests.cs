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
        Assert.SkipUnless(vmCase.Only?.Contains(kernel) != false, $"{name}: runs on {string.Join(", ", vmCase.Only ?? [])} only");
        var files = Files(vmCase.Peer is null ? await RunOn(kernel) : await RunBesidePeersOn(kernel), kernel, name);
        new CaseChecks(vmCase, [kernel], files).Check(Repository.PreemptsPrograms(kernel));
    }

    [Fact]
    public async Task The_compatibility_page_says_what_was_attached()
    {
        var partial = Repository.Kernels.Select(Repository.SkipReason).FirstOrDefault(reason => reason is not null);
        Assert.SkipWhen(partial is not null || !VmCase.Names.All(Repository.IsWanted), partial ?? "SONDE_VM_CASES names some cases only");
        var runs = new Dictionary<string, GuestRun>();
        foreach (var kernel in Repository.Kernels)
        {
            runs[kernel] = await matrix.On(kernel);
        }

        Compatibility.CheckSection("kernels", Compatibility.Section(Repository.Kernels, (kernel, row) =>
            Compatibility.CaseOf(row, vmCase => vmCase.Peer is null && !IsOlder(kernel, vmCase.Since)) is var (vmCase, program)
            && runs[kernel].Cases.GetValueOrDefault(vmCase.Name)?.GetValueOrDefault("result.json") is { } printed
                ? Compatibility.Attached(CaseChecks.Programs(printed), program)
                : "–"));
    }

    [Fact]
    public void Every_row_of_the_table_has_a_case_that_says_what_its_events_hold() =>
        Assert.DoesNotContain(Compatibility.Rows, row => Compatibility.CaseOf(row, vmCase => vmCase.Peer is null) is null);

    private async Task<GuestRun> RunOn(string kernel)
    {
        var skip = Repository.SkipReason(kernel);
        Assert.SkipWhen(skip is not null, skip ?? "");
        return await matrix.On(kernel);
    }

    private async Task<GuestRun> RunBesidePeersOn(string kernel)
    {
        var skip = Repository.SkipReason(kernel);
        Assert.SkipWhen(skip is not null, skip ?? "");
        return await matrix.BesidePeersOn(kernel);
    }

    private static IReadOnlyDictionary<string, string> Files(GuestRun run, string kernel, string name)
    {
        Assert.True(run.Cases.ContainsKey(name), $"nothing came back from {name} on kernel {kernel}. {run.Trouble}");
        return run.Cases[name];
    }

    private static bool IsOlder(string kernel, string? since) =>
        since is not null && Array.IndexOf(Repository.Kernels, kernel) < Array.IndexOf(Repository.Kernels, since);
}
