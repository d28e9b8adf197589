using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Sonde.Tests.Sandboxing;

/// <summary>The agent killed in the middle of a traced round: everything it had in the kernel goes with it, commands and their detached children too.</summary>
public sealed partial class KilledAgentTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 200;
    private const int AtOneTime = 4;

    private const string Plan =
        """
        {"response_type":"diagnostic","reasoning":"to be killed","commands":["sleep 900","setsid sh -c 'sleep 901' & sleep 902","trap '' TERM; while :; do sh -c 'sleep 0.01'; done"],
         "ebpf_programs":[{"name":"opens","type":"tracepoint","target":"syscalls/sys_enter_openat","duration":60},{"name":"exits","type":"tracepoint","target":"sched/sched_process_exit","duration":60}]}
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("sonde-killed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Nothing_of_a_killed_agent_is_left()
    {
        Assert.SkipWhen(Confined.Unavailable is not null, Confined.Unavailable ?? "");
        var plan = Path.Combine(_folder, "plan.json");
        await File.WriteAllTextAsync(plan, Plan, TestContext.Current.CancellationToken);
        // Starting, attaching, tracing and commands all lie within, several agents side by side.
        var longestLife = AtOneTime * await MillisecondsToReadyAsync(plan);
        var random = new Random(4711);
        var lives = new ConcurrentQueue<int>(Enumerable.Range(0, Kills).Select(_ => random.Next(longestLife)));
        var before = KernelObjects();
        var ends = new ConcurrentBag<End>();

        await Task.WhenAll(Enumerable.Range(0, AtOneTime).Select(_ => Task.Run(async () =>
        {
            while (lives.TryDequeue(out var life))
            {
                ends.Add(await KillAsync(plan, life));
            }
        })));

        var longest = ends.Max(static end => end.Milliseconds);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{ends.Count} agents killed in their first {longestLife} ms, {ends.Count(static end => end.Objects > 0)} of them with programs, links and maps ({ends.Sum(static end => end.Objects)} in all), {ends.Count(static end => end.Processes > 0)} with processes beside them ({ends.Sum(static end => end.Processes)}); the last of what one left was gone after {longest} ms"));
        Assert.True(longest <= 1000, $"something was left for {longest} ms");
        Assert.True(ends.Count(static end => end.Objects > 0) >= Kills / 10, "too few were killed while they traced");
        Assert.True(ends.Count(static end => end.Processes > 0) >= Kills / 10, "too few were killed while commands ran");
        Assert.True(SpinWait.SpinUntil(() => KernelObjects().IsSubsetOf(before), Patience), string.Join(", ", KernelObjects().Except(before)));
        Assert.DoesNotContain(File.ReadLines("/proc/self/mountinfo"), static line => line.Contains(" sonde ", StringComparison.Ordinal) || line.Contains("/sonde/", StringComparison.Ordinal));
    }

    private async Task<int> MillisecondsToReadyAsync(string plan)
    {
        var ready = Path.Combine(_folder, "ready");
        var clock = Stopwatch.StartNew();
        using var agent = PublishedBinary.Start(new Dictionary<string, string>(), "execute", plan, "--ready-file", ready);
        await agent.ReadyAsync(ready);
        Assert.True(File.Exists(ready));
        return (int)clock.ElapsedMilliseconds;
    }

    private static async Task<End> KillAsync(string plan, int life)
    {
        using var agent = Process.Start(new ProcessStartInfo(PublishedBinary.Path!, ["execute", plan]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Task.Delay(life, TestContext.Current.CancellationToken);
        // Stopped, it can be looked at: what it holds now is what it dies with.
        await StopAsync(agent.Id);
        var (held, processes) = (ObjectsOf(agent.Id), Left(agent.Id).Count);
        agent.Kill();
        var killed = Stopwatch.StartNew();
        List<string> left;
        while ((left = [.. Left(agent.Id), .. held.Intersect(KernelObjects())]).Count > 0)
        {
            Assert.True(killed.Elapsed < Patience, string.Join(", ", left));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        return new End(killed.ElapsedMilliseconds, held.Count, processes);
    }

    private static async Task StopAsync(int process)
    {
        _ = kill(process, 19); // SIGSTOP
        while (!(await File.ReadAllTextAsync($"/proc/{process}/stat", TestContext.Current.CancellationToken)).Contains(") T ", StringComparison.Ordinal))
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    // "prog_id:\t12", "map_id:\t3", "link_id:\t4"; a link names its program too.
    private static HashSet<string> ObjectsOf(int process) =>
    [
        .. from file in Directory.EnumerateFiles($"/proc/{process}/fdinfo")
           from line in File.ReadLines(file)
           let parts = line.Split(['_', ':', '\t'], StringSplitOptions.RemoveEmptyEntries)
           where parts is ["prog" or "map" or "link", "id", _]
           select $"{parts[0]} {parts[2]}",
    ];

    // Its commands have its users, its guard their first number as an argument.
    private static List<string> Left(int agent)
    {
        var first = Confined.FirstUserOf(agent).ToString(CultureInfo.InvariantCulture);
        return
        [
            .. Confined.ProcessesOf(agent, Confined.IsAlive),
            .. Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(folder[^1]) && HasArgument(folder, first)),
        ];
    }

    private static bool HasArgument(string folder, string text)
    {
        try
        {
            // A process that has ended and was not waited for has no arguments.
            return File.ReadAllText(folder + "/cmdline").Contains(text, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static HashSet<string> KernelObjects() => [.. Ids(11, "prog"), .. Ids(12, "map"), .. Ids(31, "link")];

    // bpf(BPF_PROG_GET_NEXT_ID and the like): union bpf_attr begins with start_id and next_id.
    private static List<string> Ids(int command, string kind)
    {
        var ids = new List<string>();
        var attribute = new uint[4];
        while (bpf(321, command, attribute, 16) == 0)
        {
            ids.Add($"{kind} {attribute[1]}");
            attribute = [attribute[1], 0, 0, 0];
        }

        return ids;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long bpf(long number, int command, [In, Out] uint[] attribute, uint size);

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);

    /// <summary>What a killed agent had, and how long after it the last of that was gone.</summary>
    private sealed record End(long Milliseconds, int Objects, int Processes);
}
