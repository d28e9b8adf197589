using System.Diagnostics;

namespace Sonde.VmTests;

/// <summary>One kernel's run through all cases.</summary>
/// <param name="Cases">Files by case and file name; <c>start</c> and <c>end</c> are the guest's own.</param>
/// <param name="Trouble">What the boot said when it did not get through, else empty.</param>
internal sealed record GuestRun(IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Cases, string Trouble);

/// <summary>
/// Boots each kernel: once with all cases in it, and once more, with a Debian user space, for the cases with a
/// peer. Tests wait for the guest they ask about.
/// </summary>
public sealed class KernelMatrix : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Repository.Root, "artifacts", "vm");
    private readonly CancellationTokenSource _stop = new();
    private Dictionary<string, Task<GuestRun>> _runs = [];
    private Dictionary<string, Task<GuestRun>> _besidePeers = [];

    /// <inheritdoc/>
    public ValueTask InitializeAsync()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }

        var wanted = VmCase.Names.Where(Repository.IsWanted).Select(VmCase.Load).ToLookup(vmCase => vmCase.Peer is not null);
        string[] kernels = [.. Repository.Kernels.Where(kernel => Repository.SkipReason(kernel) is null)];
        var initramfs = PackAsync(WriteCases("cases", wanted[false]));
        _runs = kernels.ToDictionary(kernel => kernel, kernel => BootAsync(kernel, initramfs));
        if (wanted[true].Any())
        {
            var folder = PackForDebianAsync(WriteCases("debian/cases", wanted[true]));
            _besidePeers = kernels.Where(kernel => wanted[true].Any(vmCase => vmCase.Only?.Contains(kernel) != false)).ToDictionary(kernel => kernel, kernel => BootDebianAsync(kernel, folder));
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll([.. _runs.Values, .. _besidePeers.Values]).ContinueWith(static _ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }

    internal Task<GuestRun> On(string kernel) => _runs[kernel];

    internal Task<GuestRun> BesidePeersOn(string kernel) => _besidePeers[kernel];

    private string WriteCases(string folder, IEnumerable<VmCase> cases)
    {
        var path = Directory.CreateDirectory(Path.Combine(_folder, folder)).FullName;
        foreach (var vmCase in cases)
        {
            vmCase.WriteTo(path);
        }

        return path;
    }

    private async Task<string> PackAsync(string cases)
    {
        Assert.True(File.Exists(Repository.Binary), $"{Repository.Binary} is missing: build it with ./build.sh");
        var initramfs = Path.Combine(_folder, "initramfs");
        var (code, said) = await GuestScript.RunAsync("initramfs.sh", _stop.Token, initramfs, Repository.Binary, cases);
        Assert.True(code == 0, $"the guest could not be packed: {said}");
        return initramfs;
    }

    private async Task<string> PackForDebianAsync(string cases)
    {
        var folder = Path.GetDirectoryName(cases)!;
        File.Copy(Path.Combine(Repository.Vm, "guest", "debian-cases"), Path.Combine(folder, "run"));
        File.Copy(Path.Combine(Repository.Vm, "guest", "run-case"), Path.Combine(folder, "run-case"));
        var (code, said) = await GuestScript.RunAsync("guest/workload/build.sh", _stop.Token, Path.Combine(folder, "workload"));
        Assert.True(code == 0, $"the workload could not be compiled: {said}");
        return folder;
    }

    private Task<GuestRun> BootAsync(string kernel, Task<string> initramfs) => InSlotAsync(kernel, "cases", async () =>
    {
        var output = Path.Combine(_folder, kernel);
        var (code, said) = await GuestScript.RunAsync("boot.sh", _stop.Token, kernel, await initramfs, output);
        var port = Path.Combine(output, "results");
        return new GuestRun(File.Exists(port) ? GuestResults.Read(await File.ReadAllBytesAsync(port, _stop.Token)) : [], code == 0 ? "" : said);
    });

    private Task<GuestRun> BootDebianAsync(string kernel, Task<string> folder) => InSlotAsync(kernel, "cases beside bpftrace", async () =>
    {
        var output = Path.Combine(_folder, kernel + "-debian");
        var (code, said) = await GuestScript.RunAsync("run-guest.sh", _stop.Token, kernel, await folder, output);
        return new GuestRun(GuestResults.ReadFolder(output), code == 0 ? "" : said);
    });

    private Task<GuestRun> InSlotAsync(string kernel, string what, Func<Task<GuestRun>> boot) => GuestScript.OnAProcessorAsync(
        async () =>
        {
            var took = Stopwatch.StartNew();
            var run = await boot();
            var release = await ReadLineAsync(Path.Combine(Repository.Root, ".cache", "kernels", kernel, "release"));
            var count = run.Cases.Keys.Count(VmCase.Names.Contains);
            await Console.Error.WriteLineAsync($"   kernel {release}: {count} {what} in {took.Elapsed.TotalSeconds:F0} s{(run.Trouble.Length == 0 ? "" : ", ended early")}");
            return run;
        },
        _stop.Token);

    private static async Task<string> ReadLineAsync(string path) => File.Exists(path) ? (await File.ReadAllTextAsync(path)).Trim() : "that cannot be had";
}
