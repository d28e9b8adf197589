using System.Globalization;
using System.Text.RegularExpressions;

namespace Sonde.Playbooks.Readings;

/// <summary>A process that a signal ended which only a fault of its own brings, from whatever shows it.</summary>
/// <param name="Pid">The process.</param>
/// <param name="ProcessName">Its name.</param>
/// <param name="Signal">By name.</param>
/// <param name="Source">The result key or command id that shows it.</param>
/// <param name="Parent">Its parent's name, or null.</param>
/// <param name="LifetimeMs">How long it lived, or null.</param>
/// <param name="Detail">What the kernel says of it, or null.</param>
internal sealed partial record FatalSignal(int Pid, string ProcessName, string Signal, string Source, string? Parent, double? LifetimeMs, string? Detail)
{
    private static readonly Dictionary<string, string> Names = new()
    {
        ["4"] = "SIGILL",
        ["5"] = "SIGTRAP",
        ["6"] = "SIGABRT",
        ["7"] = "SIGBUS",
        ["8"] = "SIGFPE",
        ["11"] = "SIGSEGV",
        ["31"] = "SIGSYS",
    };

    /// <summary>One for each process; the fullest account of it.</summary>
    public static IReadOnlyList<FatalSignal> Read(CaseFile file) =>
    [
        .. FromExits(file).Concat(FromSignals(file)).Concat(FromLog(file)).GroupBy(s => s.Pid)
            .Select(g => g.First() with { Detail = g.Select(s => s.Detail).FirstOrDefault(d => d is not null), Parent = g.First().Parent ?? ParentOf(file, g.Key) }),
    ];

    /// <summary>The name of the signal if it is such a one.</summary>
    public static string? Fatal(string? signal) =>
        signal is null ? null : Names.TryGetValue(signal, out var name) ? name : Names.ContainsValue(signal) ? signal : null;

    private static IEnumerable<FatalSignal> FromExits(CaseFile file) =>
        from program in file.Ran("sched_process_exit")
        from e in program.Events
        where !e.IsThreadExit()
        let signal = Fatal(e.Text("signal"))
        where signal is not null
        select new FatalSignal(e.ProcessId, e.ProcessName, signal, program.Key, e.Text("parent_process_name"), e.Number("lifetime_ms"), null);

    // The event is raised in the process that sends; the one that is hit is in its data.
    private static IEnumerable<FatalSignal> FromSignals(CaseFile file) =>
        from program in file.Ran("signal_generate")
        from e in program.Events
        let signal = Fatal(e.Text("signal") ?? e.Text("sig"))
        where signal is not null
        select new FatalSignal((int)(e.Number("pid") ?? e.ProcessId), e.Text("comm") ?? e.ProcessName, signal, program.Key, null, null, null);

    private static IEnumerable<FatalSignal> FromLog(CaseFile file) =>
        from message in KernelMessage.Read(file.Command("kernel_log"))
        where message.Age <= TimeSpan.FromMinutes(2)
        let match = Trap().Match(message.Text)
        where match.Success
        select new FatalSignal(
            int.Parse(match.Groups["pid"].Value, CultureInfo.InvariantCulture), match.Groups["name"].Value,
            match.Groups["what"].Value.StartsWith("segfault", StringComparison.Ordinal) || match.Groups["what"].Value.StartsWith("general", StringComparison.Ordinal) ? "SIGSEGV"
                : match.Groups["what"].Value.Contains("opcode", StringComparison.Ordinal) ? "SIGILL" : match.Groups["what"].Value.Contains("int3", StringComparison.Ordinal) ? "SIGTRAP" : "SIGFPE",
            "kernel_log", null, null, message.Text);

    private static string? ParentOf(CaseFile file, int pid) =>
        file.Ran("sched_process_fork").SelectMany(p => p.Events).Where(e => e.Number("child_process_id") is { } child && (int)child == pid)
            .Select(e => e.Text("parent_process_name") is { } name ? $"{name} (pid {e.Text("parent_process_id")})" : null).FirstOrDefault();

    [GeneratedRegex(@"^(?:traps: )?(?<name>.{1,15})\[(?<pid>\d{1,7})\]:? (?<what>segfault at|general protection|trap (?:divide error|invalid opcode|int3|stack segment))")]
    private static partial Regex Trap();
}
