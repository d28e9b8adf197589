using Sonde.Kernel;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Targets;

/// <summary>System calls: their entry and exit tracepoints make one probe, whichever of the two was asked for.</summary>
internal static class SyscallTargets
{
    private const string Enter = "sys_enter";
    private const string Exit = "sys_exit";

    /// <summary>The one attachment that all system calls go through, for <c>syscalls/sys_enter_*</c> and <c>syscalls/sys_exit_*</c>.</summary>
    public static (string Category, string Name)? Wildcard(string target) => target switch
    {
        "syscalls/sys_enter_*" or "sys_enter_*" or "syscalls/*" => ("raw_syscalls", Enter),
        "syscalls/sys_exit_*" or "sys_exit_*" => ("raw_syscalls", Exit),
        _ => null,
    };

    /// <summary>The pair, when the tracepoint is one half of a system call; null when it is something else.</summary>
    public static ProbePart? TryPair(KernelView kernel, Tracefs tracefs, string category, TracepointFormat asked)
    {
        if (category is not ("syscalls" or "raw_syscalls") || Suffix(asked.Name) is not { } suffix)
        {
            return null;
        }

        var (enter, exit) = (tracefs.ReadFormat(category, Enter + suffix), tracefs.ReadFormat(category, Exit + suffix));
        if (enter is null || exit is null)
        {
            return null;
        }

        var layout = category == "syscalls"
            ? SyscallLayout.Build(asked.Name, suffix[1..], enter)
            : SyscallLayout.BuildAll(asked.Name, enter);
        TargetTable.FindTracepoint($"{category}/{enter.Name}")?.Enrich?.Invoke(layout, kernel, enter);
        return new ProbePart(Mechanism.SyscallPair, $"{category}/{asked.Name}", layout)
        {
            TracepointId = enter.Id,
            ExitId = exit.Id,
            OtherExitId = OtherExit(tracefs, enter),
        };
    }

    /// <summary>
    /// System calls that do the same thing in several ways, as parts of one probe: <c>syscall</c> says which it was. Those that this
    /// kernel has not are left out.
    /// </summary>
    /// <param name="kernel">The running kernel.</param>
    /// <param name="tracefs">Its tracing file system.</param>
    /// <param name="calls">The calls, and what they decode together.</param>
    /// <param name="eventType">What the events are called.</param>
    public static IEnumerable<ProbePart> Family(KernelView kernel, Tracefs tracefs, SystemCalls calls, string eventType)
    {
        foreach (var call in calls.Names)
        {
            if (tracefs.ReadFormat("syscalls", $"{Enter}_{call}") is not { } enter || tracefs.ReadFormat("syscalls", $"{Exit}_{call}") is not { } exit)
            {
                continue;
            }

            var layout = SyscallLayout.Build(eventType, call, enter);
            layout.SocketProtocol = calls.SocketProtocol;
            layout.Decode((_, data) => data["syscall"] = call);
            calls.Enrich?.Invoke(layout, kernel, enter);
            yield return new ProbePart(Mechanism.SyscallPair, $"syscalls/{enter.Name}", layout)
            {
                TracepointId = enter.Id,
                ExitId = exit.Id,
                OtherExitId = OtherExit(tracefs, enter),
            };
        }
    }

    /// <summary>Of both halves of one system call only the entry: each is the whole call.</summary>
    public static IEnumerable<string> WithoutSecondHalves(IReadOnlyList<string> tracepoints)
    {
        const string exits = $"syscalls/{Exit}_";
        var all = tracepoints.ToHashSet();
        return tracepoints.Where(name => !name.StartsWith(exits, StringComparison.Ordinal) || !all.Contains($"syscalls/{Enter}_{name[exits.Length..]}"));
    }

    /// <summary>Whether a target, as it was asked for, means the exits of system calls.</summary>
    public static bool AsksForExits(string target) => target.Contains(Exit, StringComparison.Ordinal);

    /// <summary>
    /// Where only counts are wanted of calls' entries, the exits and their bookkeeping are left out: they cost more than the count. All system calls
    /// together keep their exits, whose errors and times are what is asked of them.
    /// </summary>
    public static ProbeCandidate CountedOnly(ProbeCandidate candidate)
    {
        var entries = candidate.Parts.Where(part => part.Mechanism == Mechanism.SyscallPair && part.Target.StartsWith($"syscalls/{Enter}_", StringComparison.Ordinal)).ToList();
        if (entries.Count == 0)
        {
            return candidate;
        }

        entries.ForEach(part => part.Layout.DropEnd());
        return candidate with { Notes = [.. candidate.Notes, $"aggregate counts: calls are counted as they enter, without errors and latency; leave aggregate out, or ask for {Exit}_…, to have them"] };
    }

    // An execveat that succeeds leaves as execve: the new program's registers carry that number (arch/x86/kernel/process_64.c).
    private static int OtherExit(Tracefs tracefs, TracepointFormat enter) =>
        enter.Name == "sys_enter_execveat" ? tracefs.ReadFormat("syscalls", "sys_exit_execve")?.Id ?? 0 : 0;

    // `_connect` of `sys_enter_connect`; empty for the raw pair.
    private static string? Suffix(string name) =>
        name.StartsWith(Enter, StringComparison.Ordinal) ? name[Enter.Length..]
        : name.StartsWith(Exit, StringComparison.Ordinal) ? name[Exit.Length..]
        : null;
}
