using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>The <c>descriptors</c> step: a process that uses most of the descriptors it may have.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Name">Its name.</param>
/// <param name="Used">Open descriptors.</param>
/// <param name="Limit">The soft limit.</param>
/// <param name="HardLimit">The hard limit, as the kernel prints it.</param>
/// <param name="Holds">What most of them are, commonest first: <c>93 socket</c>.</param>
internal sealed record DescriptorUse(int Pid, string Name, long Used, long Limit, string HardLimit, IReadOnlyList<string> Holds)
{
    /// <summary>Every process above four fifths of its limit.</summary>
    public static IReadOnlyList<DescriptorUse> Read(CommandResult? command)
    {
        var held = OutputLines.Tagged(command, "held", 3).Where(w => w.Length == 3).ToLookup(w => w[1], w => w[2].Trim());
        return
        [
            .. OutputLines.Tagged(command, "use", 6).Where(w => w.Length == 6).Select(w => new DescriptorUse(
                (int)OutputLines.Number(w[1]), w[5].Trim(), OutputLines.Number(w[2]), OutputLines.Number(w[3]), w[4], [.. held[w[1]]])),
        ];
    }

    /// <summary>Handles in use on the whole host, and the limit; null where it is not known.</summary>
    public static (long Used, long Limit)? Host(CommandResult? command) =>
        OutputLines.All(command).Select(l => l.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w is ["all", _, _, _]).Select(w => ((long, long)?)(OutputLines.Number(w[1]), OutputLines.Number(w[3]))).FirstOrDefault();
}
