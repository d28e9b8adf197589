using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>Who a confined program is: a user who owns nothing, with a few capabilities that read, bounded resources, and no way to more.</summary>
internal sealed class SandboxIdentity(uint user, SandboxProfile profile)
{
    private const ulong MiB = 1024 * 1024;

    /// <summary>Processes and threads of one command.</summary>
    public const int MostProcesses = 64;

    // Go and Java reserve much more address space than they use; data is what they really write to.
    private static readonly (ResourceLimit Resource, ulong Most)[] Limits =
    [
        (ResourceLimit.ProcessorSeconds, 120),
        (ResourceLimit.FileSize, 64 * MiB),
        (ResourceLimit.CoreFile, 0),
        (ResourceLimit.Descriptors, 256),
        (ResourceLimit.LockedMemory, 64 * 1024),
        (ResourceLimit.MessageQueues, 0),
        (ResourceLimit.Processes, MostProcesses),
        (ResourceLimit.Data, 512 * MiB),
        (ResourceLimit.AddressSpace, 4096 * MiB),
    ];

    /// <summary>In order.</summary>
    public IReadOnlyList<SandboxStep> Steps =>
    [
        new("no_new_privs", "no new privileges by set-user-id programs", Credentials.ForbidNewPrivileges),
        new("bounding_set", "capabilities bounded to those that read: CAP_SETPCAP", () => Credentials.BoundTo(Kept)),
        new("groups", "no supplementary group: CAP_SETGID", () => profile.Group is { } group ? Credentials.SetGroups([group]) : Credentials.SetGroups([])),
        new("group", "a group that owns nothing: CAP_SETGID, and in a user namespace a mapping of high ids", () => Credentials.SetGroup(user)),
        new("keep_capabilities", "capabilities that read, for a user who is not root", Credentials.KeepOverUserChange),
        new("user", "a user who owns nothing: CAP_SETUID, and in a user namespace a mapping of high ids", () => ChangeUser(profile.User ?? user)),
        new("capabilities", "ambient capabilities", () => Credentials.SetTo(Kept)),
        // The change of user cleared it.
        new("parent_death", "an end with the agent's end", Credentials.DieWithParent),
        new("limits", "bounds on processes, memory and files", SetLimits),
        new("signals", "signals at their defaults", ProcessImage.ResetSignals),
    ];

    // A container without some of them reads less; nothing is less confined.
    private ulong Kept { get; } = profile.Capabilities & Credentials.Permitted();

    private static int ChangeUser(uint user) => Credentials.SetUser(user, user, user);

    private static int SetLimits()
    {
        foreach (var (resource, most) in Limits)
        {
            if (ProcessImage.Limit(resource, most) is var errno and not 0)
            {
                return errno;
            }
        }

        return 0;
    }

    /// <summary>First choice of the kernel when memory runs out. Before the change of user.</summary>
    public static void OfferToOomKiller()
    {
        try
        {
            using var file = File.OpenHandle("/proc/self/oom_score_adj", FileMode.Open, FileAccess.Write);
            RandomAccess.Write(file, "1000"u8, 0);
        }
        catch (IOException)
        {
            // A comfort for the host, no protection against the command.
        }
    }
}
