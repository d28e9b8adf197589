using System.Diagnostics;

namespace Sonde.VmTests;

/// <summary>The matrix's cases on the kernel of this machine, each in a network namespace of its own; what only a guest may suffer is left out.</summary>
public sealed class TableTests(TableTests.Tools tools) : IClassFixture<TableTests.Tools>
{
    // Far beyond what any case needs: ends a hang, decides nothing.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly bool LacksFunctions = !File.Exists("/sys/bus/event_source/devices/kprobe/type");

    // What expectations call this kernel: by what it can't do, as its version says nothing of that, and by others who work on it too.
    private static readonly string[] Kernel = LacksFunctions ? ["no_functions", "machine"] : ["machine"];

    public static TheoryData<string> Cases => [.. VmCase.Names.Where(name => !VmCase.Load(name).GuestsOnly)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_case_is_seen_as_it_happened(string name)
    {
        Assert.SkipUnless(Repository.IsWanted(name), $"{name}: SONDE_VM_CASES does not name it");
        var vmCase = VmCase.Load(name);
        new CaseChecks(vmCase, Kernel, await tools.RunAsync(vmCase)).Check(mayMiss: false, LacksFunctions);
    }

    [Fact]
    public async Task The_compatibility_page_says_what_was_attached_where_functions_cannot_be_probed()
    {
        Assert.SkipUnless(VmCase.Names.All(Repository.IsWanted), "SONDE_VM_CASES names some cases only");
        Assert.SkipUnless(LacksFunctions, "this kernel can probe functions: the page's section is about one that can't");
        var attached = new Dictionary<(string, string), string>();
        foreach (var row in Compatibility.Rows)
        {
            attached[row] = Compatibility.CaseOf(row, vmCase => !vmCase.GuestsOnly) is var (vmCase, program)
                ? Compatibility.Attached(CaseChecks.Programs((await tools.RunAsync(vmCase))["result.json"]), program)
                : "–";
        }

        Compatibility.CheckSection("without function probes", Compatibility.Section(["a kernel with neither fentry nor kprobes"], (_, row) => attached[row]));
    }

    /// <summary>The workload, and what the cases left: each runs once.</summary>
    public sealed class Tools : IAsyncLifetime
    {
        private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _left = [];
        private readonly string _folder = Directory.CreateTempSubdirectory("sonde-cases").FullName;
        private string _missing = "";

        public async ValueTask InitializeAsync()
        {
            _missing = Environment.UserName != "root" ? "needs root" : !File.Exists(Repository.Binary) ? $"{Repository.Binary} has not been built" : "";
            if (_missing.Length == 0)
            {
                File.CreateSymbolicLink(Path.Combine(_folder, "sonde"), Repository.Binary);
                Assert.Equal(0, await RunAsync(Path.Combine(Repository.Vm, "guest", "workload", "build.sh"), Path.Combine(_folder, "workload")));
            }
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(_folder, recursive: true);
            return ValueTask.CompletedTask;
        }

        internal async Task<IReadOnlyDictionary<string, string>> RunAsync(VmCase vmCase)
        {
            Assert.SkipWhen(_missing.Length > 0, _missing);
            if (!_left.TryGetValue(vmCase.Name, out var left))
            {
                vmCase.WriteTo(Path.Combine(_folder, "cases"));
                var output = Directory.CreateDirectory(Path.Combine(_folder, "out", vmCase.Name)).FullName;
                await RunAsync("unshare", "--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh", Path.Combine(Repository.Vm, "guest", "run-case"), Path.Combine(_folder, "cases", vmCase.Name), output);
                _left[vmCase.Name] = left = GuestResults.ReadFiles(output);
            }

            return left;
        }

        private async Task<int> RunAsync(string program, params string[] arguments)
        {
            var start = new ProcessStartInfo(program, arguments);
            start.Environment["PATH"] = _folder + ":" + Environment.GetEnvironmentVariable("PATH");
            using var process = Process.Start(start)!;
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            return process.ExitCode;
        }
    }
}
