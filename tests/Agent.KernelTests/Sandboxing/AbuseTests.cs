using System.Diagnostics;
using System.Globalization;
using Sonde.Commands;

namespace Sonde.Tests.Sandboxing;

/// <summary>Commands that hang, flood, fork or hold on.</summary>
public sealed class AbuseTests(ITestOutputHelper output)
{
    private static readonly CommandLimits Short = new() { Timeout = TimeSpan.FromSeconds(1.5), MemoryBytes = 256L << 20 };

    // What is promised: the reply by the deadline and a second, nothing alive five seconds after it.
    private static readonly TimeSpan ReplyBy = Short.Timeout + TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CleanAfter = TimeSpan.FromSeconds(5);

    // The dead are waited for by the first process of the host, in its own time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Shapes =>
    [
        "sleep 600",
        "trap '' TERM INT HUP; while :; do sleep 600; done",
        "setsid sleep 601 & wait",
        "(setsid sh -c 'trap \"\" TERM; sleep 602' &) ; echo gone",
        "setsid sh -c 'exec sleep 603' & echo holds the pipe",
        "cat /dev/zero",
        "yes",
        "yes >&2",
        "yes | tee /dev/stderr",
        "b() { b | b & }; b; sleep 600",
        "perl -e 'fork while 1'",
        "while :; do sh -c : & done",
        "perl -e '@a = map { \"x\" x 1048576 } 1..4000; sleep 600'",
        "for i in 1 2 3 4 5 6; do perl -e '$a = \"x\" x 100000000; sleep 600' & done; wait",
        "head -c 1G /dev/zero > $TMPDIR/big; echo $?",
        "i=0; while :; do echo x > $TMPDIR/f$i || break; i=$((i+1)); done; echo $i",
        "while :; do :; done",
        "cat < /dev/zero | sort",
        "perl -e '$SIG{CHLD} = \"IGNORE\"; for (1..40) { if (!fork) { setpgrp; sleep 600 } } sleep 600'",
        "while :; do setsid sh -c 'sleep 0.05' & done 2>/dev/null",
        "kill -STOP $$",
        "exec 1>&- 2>&-; sleep 600",
        "perl -e 'open $f[$_], \"<\", \"/dev/null\" for 1..100000; sleep 600'",
    ];

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task The_reply_comes_soon_after_the_deadline_and_nothing_is_left(string shape)
    {
        Assert.SkipWhen(Confined.Unavailable is not null, Confined.Unavailable ?? "");
        using var confined = new Confined(Short);
        await confined.RunAsync("true");
        var before = Resident();
        var clock = Stopwatch.StartNew();

        var result = await confined.RunAsync(shape);

        var took = clock.Elapsed;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{took.TotalMilliseconds:0} ms, {(Resident() - before) >> 10} KiB more: {shape}"));
        Assert.True(took < ReplyBy, $"took {took}");
        Assert.True(result.Stdout.Length + result.Stderr.Length < 300_000);
        Assert.True(Resident() - before < 16 << 20, $"the agent grew by {Resident() - before} bytes");
        AssertNoneLeft();
    }

    /// <summary>No user that this process's sandbox gives away has a living process, nor in the end one that has not been waited for: the next command would have less.</summary>
    internal static void AssertNoneLeft()
    {
        AssertGone(Confined.IsAlive, CleanAfter);
        AssertGone(static _ => true, Patience);
    }

    private static void AssertGone(Func<string, bool> counts, TimeSpan within) => Assert.True(
        SpinWait.SpinUntil(() => { Thread.Sleep(10); return !Confined.ProcessesOf(Environment.ProcessId, counts).Any(); }, within),
        string.Join(", ", Confined.ProcessesOf(Environment.ProcessId, counts)));

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }
}
