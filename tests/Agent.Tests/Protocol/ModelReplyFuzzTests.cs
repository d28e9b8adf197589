using System.Text;
using Sonde.Dialogue;
using Sonde.Protocol;

namespace Sonde.Tests.Protocol;

/// <summary>
/// Mutates real replies with a fixed seed: whatever a model sends, the reader answers and its answer keeps the contract's bounds. <c>make fuzz</c> sets
/// <c>SONDE_FUZZ_REPLIES</c>, which makes it more replies from another seed, each measured.
/// </summary>
public sealed class ModelReplyFuzzTests
{
    private const int Replies = 60_000;
    private const long MostMemory = 64 << 20;
    private static readonly TimeSpan MostTime = TimeSpan.FromMilliseconds(50);

    private static readonly string[] Seeds =
    [
        """{"response_type":"diagnostic","reasoning":"why","commands":[{"id":"net","command":"ss -tulpn"},"ps aux"],"ebpf_programs":[{"name":"conn","type":"kprobe","target":"tracepoint:sched:sched_switch","duration":"20","filters":{"comm":"a-long-process-name","pid":12,"uid":"0","min_latency_us":5,"errors_only":true},"max_events":500,"stack":true,"aggregate":"counts"}]}""",
        """{"response_type":"resolution","root_cause":"nothing listens","resolution_plan":["start it","check"],"confidence":"High","ebpf_evidence":["42 x ECONNREFUSED"]}""",
        """<think>{"a":1}</think>Sure: ```json {'commands': {a: 'ss -t', 'b': "x\u00e9\ud83d\ude00\"y"}, /* c */ "ebpf_programs": [{"target": "p:vfs_*", "duration": NaN},],} ```""",
    ];

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "'", "\\", "\\u", "\ud800", "\0", "null", "NaN", "-1", "1e999", "true", "//", "/*", "*/", "#", "```", "</think>",
        "\n", "\uFEFF", "🙂", "99999999999999999999", "\"filters\":", "\"target\":", "kprobe:", "/", "*", "<", "  ",
    ];

    [Fact]
    public void No_mutated_reply_throws_or_leaves_the_contract()
    {
        var measured = int.TryParse(Environment.GetEnvironmentVariable("SONDE_FUZZ_REPLIES"), out var wanted);
        var seed = measured ? Environment.TickCount : 20261123;
        var random = new Random(seed);
        var (slowest, most) = (TimeSpan.Zero, 0L);
        var seeds = Seeds.Append(SystemPrompt.Text[^2500..]).ToArray();
        for (var i = 0; i < (measured ? wanted : Replies); i++)
        {
            var reply = Mutate(seeds[random.Next(seeds.Length)], random);
            try
            {
                var answer = measured ? Measure(reply, ref slowest, ref most) : ModelReplyReader.Read(reply);
                Holds(answer);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}, reply {i}: {reply}", exception);
            }
        }

        if (measured)
        {
            TestContext.Current.SendDiagnosticMessage($"{wanted} replies from seed {seed}: slowest {slowest.TotalMilliseconds:0.0} ms, most allocated {most >> 10} KiB");
            Assert.True(slowest <= MostTime, $"the slowest took {slowest.TotalMilliseconds} ms");
            Assert.True(most <= MostMemory, $"one allocated {most} bytes");
        }
    }

    // Processor time: a pause of the machine is not the reader's. What was slow is read again, as the runtime may have compiled meanwhile, and its best time counts.
    private static ModelAnswer Measure(string reply, ref TimeSpan slowest, ref long most)
    {
        ModelAnswer answer;
        TimeSpan best = TimeSpan.MaxValue;
        var tries = 0;
        do
        {
            var (begun, before) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread());
            answer = ModelReplyReader.Read(reply);
            best = TimeSpan.FromTicks(Math.Min(best.Ticks, (Environment.CpuUsage.TotalTime - begun).Ticks));
            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        while (best > MostTime && ++tries < 5);

        slowest = best > slowest ? best : slowest;
        return answer;
    }

    private static string Mutate(string seed, Random random)
    {
        var text = new StringBuilder(seed);
        for (var n = random.Next(1, 6); n > 0 && text.Length > 0; n--)
        {
            var at = random.Next(text.Length);
            var length = Math.Min(random.Next(1, 30), text.Length - at);
            switch (random.Next(6))
            {
                case 0:
                    text.Remove(at, length);
                    break;
                case 1:
                    text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 2:
                    text[at] = (char)random.Next(random.Next(2) == 0 ? 128 : 65536);
                    break;
                case 3:
                    text.Insert(random.Next(text.Length), text.ToString(at, length));
                    break;
                case 4:
                    text.Length = at;
                    break;
                default:
                    text.Insert(at, string.Concat(Enumerable.Repeat(Pieces[random.Next(Pieces.Length)], random.Next(200))));
                    break;
            }
        }

        return text.ToString();
    }

    private static void Holds(ModelAnswer answer)
    {
        switch (answer)
        {
            case DiagnosticAnswer diagnostic:
                Holds(diagnostic.Plan);
                break;
            case ResolutionAnswer { Resolution: var resolution }:
                Assert.NotEmpty(resolution.RootCause);
                Assert.NotEmpty(resolution.ResolutionPlan);
                ProtocolJson.Write(resolution);
                break;
            case InvalidAnswer invalid:
                Assert.NotEmpty(invalid.Faults);
                Assert.All(invalid.Faults, fault => Assert.StartsWith("$", fault.Path, StringComparison.Ordinal));
                ProtocolErrorMessage.Write(invalid.Faults);
                break;
        }
    }

    private static void Holds(DiagnosticPlan plan)
    {
        Assert.True(plan.Commands.Count + plan.EbpfPrograms.Count > 0);
        Assert.Equal(plan.Commands.Count, plan.Commands.Select(command => command.Id).Distinct().Count());
        Assert.All(plan.Commands, command => Assert.DoesNotContain('\0', command.Command));
        Assert.Equal(plan.EbpfPrograms.Count, plan.EbpfPrograms.Select(program => program.Name).Distinct().Count());
        Assert.True(plan.EbpfPrograms.Count(program => program.Fault is null) <= ProgramRequest.MostPerRound);
        foreach (var program in plan.EbpfPrograms)
        {
            Assert.Matches("^[a-z0-9_]{1,32}$", program.Name);
            Assert.InRange(program.Duration, ProgramRequest.MinDuration, ProgramRequest.MaxDuration);
            Assert.InRange(program.MaxEvents, 0, ProgramRequest.LargestMaxEvents);
            Assert.InRange(Encoding.UTF8.GetByteCount(program.Filters.Comm ?? ""), 0, 15);
            Assert.True(program.Fault is not null || program.Target.All(c => char.IsAsciiLetterOrDigit(c) || "_.*-/".Contains(c, StringComparison.Ordinal)));
        }

        ProtocolJson.Write(plan);
    }
}
