using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>The <c>blocked</c> step: a task that was in uninterruptible sleep at more than one look.</summary>
/// <param name="ThreadId">The task.</param>
/// <param name="Pid">Its process.</param>
/// <param name="Name">Its name.</param>
/// <param name="Seen">Looks at which it slept so.</param>
/// <param name="Looks">Looks in all, about two seconds apart.</param>
/// <param name="WaitsIn">The kernel function it waits in, or <c>-</c>.</param>
/// <param name="Call">Number of its system call, or null.</param>
/// <param name="File">What the call's first argument names as a descriptor, or null.</param>
internal sealed record BlockedTask(int ThreadId, int Pid, string Name, int Seen, int Looks, string WaitsIn, int? Call, string? File)
{
    /// <summary>The longest blocked first.</summary>
    public static IReadOnlyList<BlockedTask> Read(CommandResult? command)
    {
        var looks = (int)OutputLines.Tagged(command, "looks").Select(w => OutputLines.Number(w[1])).FirstOrDefault();
        return
        [
            .. OutputLines.Tagged(command, "task", 8).Where(w => w.Length == 8)
                .Select(w => new BlockedTask(
                    (int)OutputLines.Number(w[1]), (int)OutputLines.Number(w[2]), w[7].Trim(), (int)OutputLines.Number(w[3]), looks, w[4],
                    int.TryParse(w[5], out var call) ? call : null, w[6] == "-" ? null : w[6]))
                .OrderByDescending(t => t.Seen),
        ];
    }
}
