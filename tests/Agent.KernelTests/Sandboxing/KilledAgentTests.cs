using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Sonde.Tests.Sandboxing;

/// <summary>The agent killed in the middle of a traced round: everything it had in the kernel goes with it, commands and their detached children too.</summary>
public sealed partial class KilledAgentTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 200;
    private const int LongestLife = 700; // ms: starting, attaching, tracing and commands all lie within

    private const string Plan =
        """
        {"response_type":"diagnostic","reasoning":"to be killed","commands":["sleep 900","setsid sh -c 'sleep 901' & sleep 902","trap '' TERM; while :; do sh -c 'sleep 0.01'; done"],
         "ebpf_programs":[{"name":"opens","type":"tracepoint","target":"syscalls/sys_enter_openat","duration":60},{"name":"exits","type":"tracepoint","target":"sched/sched_process_exit","duration":60}]}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("sonde-killed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Nothing_of_a_killed_agent_is_left()
    {
        Assert.SkipWhen(Confined.Unavailable is not null, Confined.Unavailable ?? "");
        var plan = Path.Combine(_folder, "plan.json");
        await File.WriteAllTextAsync(plan, Plan, TestContext.Current.CancellationToken);
        var random = new Random(4711);
        var before = KernelObjects();
        var mounts = File.ReadLines("/proc/self/mountinfo").Count();
        var longest = TimeSpan.Zero;
        for (var i = 0; i < Kills; i++)
        {
            using var agent = Process.Start(new ProcessStartInfo(PublishedBinary.Path!, ["execute", plan]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await Task.Delay(random.Next(LongestLife), TestContext.Current.CancellationToken);
            agent.Kill();
            await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
            var killed = Stopwatch.StartNew();
            // What else loads programs on this machine would be counted too: the processes' own end is timed.
            Assert.True(SpinWait.SpinUntil(() => Left(agent.Id).Count == 0, TimeSpan.FromSeconds(30)), string.Join(", ", Left(agent.Id)));
            longest = killed.Elapsed > longest ? killed.Elapsed : longest;
            Assert.True(SpinWait.SpinUntil(() => KernelObjects().IsSubsetOf(before), TimeSpan.FromSeconds(30)), string.Join(", ", KernelObjects().Except(before)));
        }

        Assert.Equal(mounts, File.ReadLines("/proc/self/mountinfo").Count());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Kills} agents killed; the last process of one was gone {longest.TotalMilliseconds:0} ms later at most"));
    }

    // Its guard and its commands have its users, or its number as an argument.
    private static List<string> Left(int agent)
    {
        var first = 0x60000000u + ((uint)agent * 64);
        var left = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(static f => char.IsAsciiDigit(f[^1])))
        {
            try
            {
                var status = File.ReadAllText(folder + "/status");
                var user = uint.Parse(status.Split("Uid:\t")[1].Split('\t')[0], CultureInfo.InvariantCulture);
                var isOurs = (user >= first && user < first + 64)
                    || File.ReadAllText(folder + "/cmdline").Contains(first.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
                if (isOurs && !status.Contains("State:\tZ", StringComparison.Ordinal))
                {
                    left.Add($"{folder}: {status.Split('\n')[0]}");
                }
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return left;
    }

    private static HashSet<string> KernelObjects() => [.. Ids(11, "program"), .. Ids(12, "map"), .. Ids(31, "link")];

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
}
