using System.Diagnostics;

namespace Sonde.VmTests;

/// <summary>One kernel's run through all cases.</summary>
/// <param name="Cases">Files by case and file name; <c>start</c> and <c>end</c> are the guest's own.</param>
/// <param name="Trouble">What the boot said when it did not get through, else empty.</param>
internal sealed record GuestRun(IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Cases, string Trouble);

/// <summary>Boots each kernel once, two side by side, with all cases in it; tests wait for the kernel they ask about.</summary>
public sealed class KernelMatrix : IAsyncLifetime
{
    private const int SideBySide = 2;

    private readonly SemaphoreSlim _slots = new(SideBySide);
    private readonly string _folder = Path.Combine(Repository.Root, "artifacts", "vm");
    private readonly CancellationTokenSource _stop = new();
    private Dictionary<string, Task<GuestRun>> _runs = [];

    /// <inheritdoc/>
    public ValueTask InitializeAsync()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }

        var cases = Directory.CreateDirectory(Path.Combine(_folder, "cases")).FullName;
        foreach (var name in VmCase.Names.Where(Repository.IsWanted))
        {
            VmCase.Load(name).WriteTo(cases);
        }

        var initramfs = PackAsync(Path.Combine(_folder, "initramfs"), cases);
        _runs = Repository.Kernels.Where(kernel => Repository.SkipReason(kernel) is null)
            .ToDictionary(kernel => kernel, kernel => BootAsync(kernel, initramfs));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_runs.Values).ContinueWith(static _ => { }, TaskScheduler.Default);
        _slots.Dispose();
        _stop.Dispose();
    }

    internal Task<GuestRun> On(string kernel) => _runs[kernel];

    private async Task<string> PackAsync(string initramfs, string cases)
    {
        Assert.True(File.Exists(Repository.Binary), $"{Repository.Binary} is missing: build it with ./build.sh");
        var (code, said) = await RunAsync("initramfs.sh", initramfs, Repository.Binary, cases);
        Assert.True(code == 0, $"the guest could not be packed: {said}");
        return initramfs;
    }

    private async Task<GuestRun> BootAsync(string kernel, Task<string> initramfs)
    {
        var packed = await initramfs;
        await _slots.WaitAsync(_stop.Token);
        try
        {
            var took = Stopwatch.StartNew();
            var output = Path.Combine(_folder, kernel);
            var (code, said) = await RunAsync("boot.sh", kernel, packed, output);
            var port = Path.Combine(output, "results");
            var cases = File.Exists(port) ? GuestResults.Read(await File.ReadAllBytesAsync(port, _stop.Token)) : [];
            var release = await ReadLineAsync(Path.Combine(Repository.Root, ".cache", "kernels", kernel, "release"));
            await Console.Error.WriteLineAsync($"   kernel {release}: {Math.Max(0, cases.Count - 2)} cases in {took.Elapsed.TotalSeconds:F0} s{(code == 0 ? "" : ", ended early")}");
            return new GuestRun(cases, code == 0 ? "" : said);
        }
        finally
        {
            _slots.Release();
        }
    }

    private static async Task<string> ReadLineAsync(string path) => File.Exists(path) ? (await File.ReadAllTextAsync(path)).Trim() : "that cannot be had";

    private async Task<(int Code, string Said)> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Vm, script), arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, (await output + await error).Trim());
    }
}
