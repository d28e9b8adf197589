using System.Diagnostics;
using System.Globalization;
using Sonde.Commands;

namespace Sonde.Tests.Sandboxing;

/// <summary>Commands that hang, flood, fork or hold on.</summary>
public sealed class AbuseTests(ITestOutputHelper output)
{
    private static readonly CommandLimits Short = new() { Timeout = TimeSpan.FromSeconds(1.5), MemoryBytes = 256L << 20 };

    // A slow machine may take longer to notice; without the deadline these take minutes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

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

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.ElapsedMilliseconds} ms, {(Resident() - before) >> 10} KiB more: {shape}"));
        Assert.True(clock.Elapsed < Patience, $"took {clock.Elapsed}");
        Assert.True(result.Stdout.Length + result.Stderr.Length < 300_000);
        Assert.True(Resident() - before < 16 << 20, $"the agent grew by {Resident() - before} bytes");
        AssertNoneLeft();
    }

    /// <summary>No user that this process's sandbox gives away has a process, nor one that the first process hasn't waited for yet: the next command would have less.</summary>
    internal static void AssertNoneLeft()
    {
        Assert.True(SpinWait.SpinUntil(static () => { Thread.Sleep(10); return !ConfinedProcesses().Any(); }, TimeSpan.FromSeconds(60)), string.Join(", ", ConfinedProcesses()));
    }

    private static IEnumerable<string> ConfinedProcesses()
    {
        var first = 0x60000000u + ((uint)Environment.ProcessId * 64);
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(static f => char.IsAsciiDigit(f[^1])))
        {
            string status;
            try
            {
                status = File.ReadAllText(folder + "/status");
            }
            catch (IOException)
            {
                continue;
            }

            var user = uint.Parse(status.Split("Uid:\t")[1].Split('\t')[0], CultureInfo.InvariantCulture);
            if (user >= first && user < first + 64)
            {
                yield return $"{folder}: {status.Split('\n')[0]}";
            }
        }
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }
}
