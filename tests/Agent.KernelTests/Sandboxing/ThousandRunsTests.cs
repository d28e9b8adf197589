using System.Diagnostics;
using System.Globalization;
using Sonde.Protocol;

namespace Sonde.Tests.Sandboxing;

/// <summary>What a confined command costs, and that it leaves nothing.</summary>
public sealed class ThousandRunsTests(ITestOutputHelper output)
{
    private const int Runs = 1000;

    [Fact]
    public async Task A_thousand_runs_leave_no_zombie_no_mount_and_no_descriptor()
    {
        Assert.SkipWhen(Confined.Unavailable is not null, Confined.Unavailable ?? "");
        using var confined = new Confined();
        for (var i = 0; i < 20; i++)
        {
            await confined.RunAsync("true");
        }

        var before = Left();
        var (whole, added) = (new List<double>(Runs), new List<double>(Runs));
        for (var i = 0; i < Runs; i++)
        {
            var confinedTook = await TimeAsync(() => confined.RunAsync(":"));
            var plainTook = await TimeAsync(() => Confined.RunUnconfinedAsync(":"));
            whole.Add(confinedTook);
            added.Add(confinedTook - plainTook);
        }

        output.WriteLine($"what the sandbox adds to an empty command over {Runs} runs: {Figures(added)}; start to result: {Figures(whole)}");
        Remains after = default!;
        Assert.True(
            SpinWait.SpinUntil(() => (after = Left()).Zombies <= before.Zombies && after.Descriptors <= before.Descriptors && after.Threads <= before.Threads + 4, TimeSpan.FromSeconds(30)),
            $"before {before}, after {after}");
        Assert.Equal(before.Mounts, after.Mounts);
        AbuseTests.AssertNoneLeft();

        static async Task<double> TimeAsync(Func<Task<CommandResult>> run)
        {
            var started = Stopwatch.GetTimestamp();
            var result = await run();
            Assert.Equal((0, null), (result.ExitCode, result.Error));
            return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        static string Figures(List<double> milliseconds)
        {
            milliseconds.Sort();
            return string.Create(CultureInfo.InvariantCulture, $"median {milliseconds[Runs / 2]:0.0} ms, 99th percentile {milliseconds[Runs * 99 / 100]:0.0} ms, longest {milliseconds[^1]:0.0} ms");
        }

        static Remains Left() => new(
            // The runtime opens assemblies of the test itself when it first comes to them.
            Directory.GetFiles("/proc/self/fd").Count(static file => new FileInfo(file).LinkTarget is { } target && !target.EndsWith(".dll", StringComparison.Ordinal)),
            Directory.GetDirectories("/proc/self/task").Length,
            File.ReadLines("/proc/self/mountinfo").Count(),
            Process.GetProcesses().Count(static process => IsZombieOfOurs(process.Id)));
    }

    private static bool IsZombieOfOurs(int pid)
    {
        try
        {
            var fields = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ');
            return fields[0] == "Z" && fields[1] == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private sealed record Remains(int Descriptors, int Threads, int Mounts, int Zombies);
}
