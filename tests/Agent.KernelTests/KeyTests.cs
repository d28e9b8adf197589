using Sonde.Protocol;
using static Sonde.Tests.Kernel.Traces;

namespace Sonde.Tests.Kernel;

/// <summary>Statistics by the natural key of each kind of target, against processes that do a known number of known things.</summary>
public sealed class KeyTests
{
    [Fact]
    public async Task Targets_of_every_kind_count_by_their_natural_key()
    {
        var folder = Directory.CreateTempSubdirectory("sonde-keys-").FullName;
        var file = Path.Combine(folder, "written");
        using var shell = new GatedShell(
            $"exec 3>'{file}'; for i in {{1..40}}; do printf x >&3; done; "
            + "for i in {1..5}; do kill -WINCH $$; done; (exit 7); (exit 7); (kill -9 $BASHPID); for i in {1..3}; do read -t 0.01 -u 1 nothing; done");
        var children = Request("sched/sched_process_exit", shell) with { Filters = new ProgramFilters { Ppid = shell.Pid } };

        var results = await TraceAsync(
            shell,
            [
                Request("vfs_write", shell) with { Type = ProbeType.Kprobe },
                Request("signal/signal_generate", shell),
                children,
                Request("schedule", shell) with { Type = ProbeType.Kprobe },
                Request("sched/sched_switch", shell),
                Request("kmem/mm_page_alloc", shell),
            ]);
        Directory.Delete(folder, recursive: true);

        Assert.All(results, AssertAddsUp);
        Assert.Equal(40, Count(results[0], $"path={file}"));
        Assert.Equal(5, Count(results[1], "signal=SIGWINCH"));
        Assert.Equal(2, Count(results[2], "exit_code=7"));
        Assert.Equal(1, Count(results[2], "signal=SIGKILL"));
        Assert.True(Count(results[3], "previous_state=S") >= 3, Keys(results[3]));
        Assert.True(Count(results[4], "previous_state=S") >= 3, Keys(results[4]));
        Assert.True(Count(results[5], "order=0") > 0, Keys(results[5]));
        Assert.All(results, result => Assert.Equal(result.EventCount, result.Statistics!.ByKey.Sum(static key => key.Count)));
    }

    [Fact]
    public async Task Files_without_a_place_and_paths_longer_than_a_key_are_told_apart()
    {
        var deep = Directory.CreateTempSubdirectory("sonde-keys-").FullName;
        var inner = Path.Combine([deep, .. Enumerable.Repeat(new string('d', 30), 4)]);
        Directory.CreateDirectory(inner);
        using var shell = new GatedShell($"exec 3>'{inner}/one' 4>'{inner}/two'; for i in {{1..6}}; do printf x >&3; done; printf x >&4; for i in {{1..9}}; do printf x; done");

        var result = await TraceAsync(shell, Request("vfs_write", shell) with { Type = ProbeType.Kprobe });
        Directory.Delete(deep, recursive: true);

        AssertAddsUp(result);
        Assert.Equal(6, result.Statistics!.ByKey.Single(static key => key.Key.StartsWith("path=…/", StringComparison.Ordinal) && key.Key.EndsWith("/one", StringComparison.Ordinal)).Count);
        Assert.Equal(1, result.Statistics.ByKey.Single(static key => key.Key.EndsWith("/two", StringComparison.Ordinal)).Count);
        Assert.Equal(9, result.Statistics.ByKey.Where(static key => key.Key.StartsWith("path=pipe:[", StringComparison.Ordinal)).Sum(static key => key.Count));
    }

    [Fact]
    public async Task A_datagram_counts_by_where_it_goes_whether_the_call_says_so_or_its_socket()
    {
        using var shell = new GatedShell(
            """
            exec perl -MSocket -e 'sub at { pack_sockaddr_in($_[0], inet_aton("127.0.0.1")) } socket(A, AF_INET, SOCK_DGRAM, 0); socket(B, AF_INET, SOCK_DGRAM, 0);
                bind(B, at(0)); connect(B, getsockname(B)); for (1..5) { send(A, "x", 0, at(7123)) } for (1..3) { send(B, "y", 0) }'
            """);

        var result = await TraceAsync(shell, Request("udp_sendmsg", shell) with { Type = ProbeType.Kprobe });

        AssertAddsUp(result);
        Assert.Equal(5, Count(result, "destination=127.0.0.1:7123"));
        var other = Assert.Single(result.Statistics!.ByKey, static key => key.Key != "destination=127.0.0.1:7123");
        Assert.StartsWith("destination=127.0.0.1:", other.Key, StringComparison.Ordinal);
        Assert.Equal(3, other.Count);
    }

    [Fact]
    public async Task Soft_interrupts_and_block_requests_count_by_vector_and_device()
    {
        var results = await TraceMachineAsync([Everywhere("irq/softirq_entry"), Everywhere("block/block_rq_issue"), Everywhere("block/block_rq_complete")]);

        Assert.All(results, AssertAddsUp);
        Assert.All(results[0].Statistics!.ByKey, static key => Assert.True(key.Key == "other" || key.Key.StartsWith("vec=", StringComparison.Ordinal), key.Key));
        Assert.NotEmpty(results[0].Statistics!.ByKey);
        Assert.All(results.Skip(1), static result => Assert.All(result.Statistics!.ByKey, static key => Assert.StartsWith("device=", key.Key, StringComparison.Ordinal)));
    }

    private static ProgramRequest Everywhere(string target) => new() { Name = "probe", Type = ProbeType.Tracepoint, Target = target, Duration = 60 };

    // Of the whole machine: a file that is synced takes requests to a device, and timers fire meanwhile.
    private static async Task<IReadOnlyList<ProgramResult>> TraceMachineAsync(IReadOnlyList<ProgramRequest> requests)
    {
        using var session = Start(requests);
        using var shell = new GatedShell("f=$(mktemp -p /var/tmp); dd if=/dev/zero of=$f bs=64k count=4 conv=fsync status=none; rm $f; sleep 0.1");
        shell.Run();
        return [.. (await session.CompleteAsync(new CancellationToken(canceled: true))).Values];
    }

    private static long Count(ProgramResult result, string key) => result.Statistics!.ByKey.Where(one => one.Key == key).Sum(static one => one.Count);

    private static string Keys(ProgramResult result) => string.Join(", ", result.Statistics!.ByKey.Select(static one => $"{one.Key} {one.Count}"));
}
