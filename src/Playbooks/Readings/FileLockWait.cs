using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>The <c>file_locks</c> step: a process that waits for a lock on a file.</summary>
/// <param name="Waiter">Its process.</param>
/// <param name="WaiterName">Its name.</param>
/// <param name="Holder">The process that holds the lock.</param>
/// <param name="HolderName">Its name.</param>
/// <param name="Kind"><c>FLOCK</c>, <c>POSIX</c>, …</param>
/// <param name="Inode">The file's inode.</param>
/// <param name="Steady">Whether it waited already five seconds before.</param>
/// <param name="Path">The file, where a descriptor of the waiter names it.</param>
internal sealed record FileLockWait(int Waiter, string WaiterName, int Holder, string HolderName, string Kind, string Inode, bool Steady, string? Path)
{
    /// <summary>Every waiter.</summary>
    public static IReadOnlyList<FileLockWait> Read(CommandResult? command) =>
    [
        .. from words in OutputLines.Tagged(command, "wait", 7)
           where words.Length == 7
           let names = words[6].Split('|', 3)
           where names.Length == 3
           select new FileLockWait(
               (int)OutputLines.Number(words[1]), names[0], (int)OutputLines.Number(words[2]), names[1], words[3], words[4], words[5] == "1", names[2].Trim() is { Length: > 0 } path ? path : null),
    ];
}
