using Sonde.Kernel.Arch;

namespace Sonde.Kernel;

/// <summary>
/// The arguments of the common system calls, in the order of the registers. Sources: the SYSCALL_DEFINEs and the section 2 pages.
/// </summary>
/// <remarks>
/// Names are those of the contract's data (<c>fd</c>, <c>filename</c>, <c>size</c>, <c>destination</c>); the same idea has the same
/// name in every call.
/// </remarks>
internal static partial class SyscallSignatures
{
    private static readonly Lazy<Dictionary<string, SyscallArgument[]>> All = new(Collect);

    /// <summary>The names of all calls described here.</summary>
    public static IEnumerable<string> Names => All.Value.Keys;

    /// <summary>The arguments of a call, by its name or the one of its tracepoints (<c>newstat</c>); null when not described here.</summary>
    public static IReadOnlyList<SyscallArgument>? Find(string syscall) =>
        All.Value.TryGetValue(SyscallTable.HeaderName(syscall), out SyscallArgument[]? arguments) ? arguments : null;

    private static Dictionary<string, SyscallArgument[]> Collect()
    {
        Dictionary<string, SyscallArgument[]> signatures = Io();
        foreach (Dictionary<string, SyscallArgument[]> group in new[] { Files(), Sockets(), Processes(), Memory() })
        {
            foreach ((string syscall, SyscallArgument[] arguments) in group)
            {
                signatures.Add(syscall, arguments);
            }
        }

        return signatures;
    }
}
