using System.Security.Cryptography;
using System.Text;
using Sonde.Protocol;
using static Sonde.Tests.Kernel.Traces;

namespace Sonde.Tests.Kernel;

/// <summary>Tracepoints of every kind load and attach, whatever their fields are. A fixed sample; all of them with SONDE_WIDE=1 (make test-wide).</summary>
public sealed class BreadthTests
{
    private const int SampleSize = 40;

    private static readonly string[] Categories =
    [
        "syscalls", "sched", "block", "tcp", "sock", "skb", "kmem", "irq", "signal", "oom", "task", "timer", "vmscan", "writeback", "ext4",
    ];

    [Fact]
    public async Task Tracepoints_load_and_attach()
    {
        var chosen = Chosen();
        var failures = new List<string>();
        foreach (var batch in chosen.Chunk(ProgramRequest.MostPerRound))
        {
            using var session = Start([.. batch.Select(target => new ProgramRequest
            {
                Name = target,
                Type = ProbeType.Tracepoint,
                Target = target,
                Duration = ProgramRequest.MaxDuration,
                Filters = new ProgramFilters { Pid = Environment.ProcessId },
            })]);
            failures.AddRange(session.Programs.Where(program => program.Error is not null).Select(program => $"{program.Request.Target}: {program.Error!.Message}"));
            foreach (var result in (await session.CompleteAsync(new CancellationToken(canceled: true))).Values.Where(result => result.Error is null))
            {
                AssertAddsUp(result);
            }
        }

        TestContext.Current.SendDiagnosticMessage($"{chosen.Count - failures.Count} of {chosen.Count} tracepoints attached");
        Assert.Empty(failures);
    }

    // The same ones on every run: in the order of a hash of their names.
    private static List<string> Chosen()
    {
        var all = View.Catalog.Tracepoints.Where(target => Categories.Contains(target.Split('/')[0])).ToList();
        return Environment.GetEnvironmentVariable("SONDE_WIDE") == "1"
            ? all
            : [.. all.OrderBy(target => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(target))), StringComparer.Ordinal).Take(SampleSize)];
    }
}
