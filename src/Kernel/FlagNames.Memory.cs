namespace Sonde.Kernel;

/// <content>Flags of mmap and clone. Sources: uapi/asm-generic/mman-common.h, mman.h, arch/x86's mman.h, uapi/linux/sched.h.</content>
internal static partial class FlagNames
{
    private static readonly Flag[] Protections =
    [
        new(1, "PROT_READ"), new(2, "PROT_WRITE"), new(4, "PROT_EXEC"), new(8, "PROT_SEM"),
        new(0x0100_0000, "PROT_GROWSDOWN"), new(0x0200_0000, "PROT_GROWSUP"),
    ];

    private static readonly Flag[] MmapBits =
    [
        new(0x10, "MAP_FIXED"), new(0x20, "MAP_ANONYMOUS"), new(0x40, "MAP_32BIT"), new(0x80, "MAP_ABOVE4G"),
        new(0x100, "MAP_GROWSDOWN"), new(0x800, "MAP_DENYWRITE"), new(0x1000, "MAP_EXECUTABLE"), new(0x2000, "MAP_LOCKED"),
        new(0x4000, "MAP_NORESERVE"), new(0x8000, "MAP_POPULATE"), new(0x1_0000, "MAP_NONBLOCK"), new(0x2_0000, "MAP_STACK"),
        new(0x8_0000, "MAP_SYNC"), new(0x10_0000, "MAP_FIXED_NOREPLACE"),
    ];

    private static readonly Flag[] CloneBits =
    [
        new(0x80, "CLONE_NEWTIME"), new(0x100, "CLONE_VM"), new(0x200, "CLONE_FS"), new(0x400, "CLONE_FILES"),
        new(0x800, "CLONE_SIGHAND"), new(0x1000, "CLONE_PIDFD"), new(0x2000, "CLONE_PTRACE"), new(0x4000, "CLONE_VFORK"),
        new(0x8000, "CLONE_PARENT"), new(0x1_0000, "CLONE_THREAD"), new(0x2_0000, "CLONE_NEWNS"), new(0x4_0000, "CLONE_SYSVSEM"),
        new(0x8_0000, "CLONE_SETTLS"), new(0x10_0000, "CLONE_PARENT_SETTID"), new(0x20_0000, "CLONE_CHILD_CLEARTID"),
        new(0x40_0000, "CLONE_DETACHED"), new(0x80_0000, "CLONE_UNTRACED"), new(0x100_0000, "CLONE_CHILD_SETTID"),
        new(0x200_0000, "CLONE_NEWCGROUP"), new(0x400_0000, "CLONE_NEWUTS"), new(0x800_0000, "CLONE_NEWIPC"),
        new(0x1000_0000, "CLONE_NEWUSER"), new(0x2000_0000, "CLONE_NEWPID"), new(0x4000_0000, "CLONE_NEWNET"),
        new(0x8000_0000, "CLONE_IO"), new(0x1_0000_0000, "CLONE_CLEAR_SIGHAND"), new(0x2_0000_0000, "CLONE_INTO_CGROUP"),
    ];

    /// <summary>Page protection: <c>PROT_READ|PROT_EXEC</c>.</summary>
    public static string Protection(long protection) => Join((uint)protection, Protections, "PROT_NONE");

    /// <summary>The flags of mmap, the mapping's type first, a huge page's size last.</summary>
    public static string MmapFlags(long flags)
    {
        const ulong typeMask = 0xf;
        const ulong hugeTlb = 0x4_0000;
        const int hugeShift = 26;
        const ulong hugeSizeMask = 0x3fUL << hugeShift;

        ulong bits = (uint)flags;
        string? type = (bits & typeMask) switch
        {
            1 => "MAP_SHARED",
            2 => "MAP_PRIVATE",
            3 => "MAP_SHARED_VALIDATE",
            8 => "MAP_DROPPABLE",
            _ => null,
        };
        if (type is not null)
        {
            bits &= ~typeMask;
        }

        string? huge = null;
        if ((bits & hugeTlb) != 0)
        {
            huge = HugePages((int)((bits & hugeSizeMask) >> hugeShift));
            bits &= ~(hugeTlb | hugeSizeMask);
        }

        string names = Join(bits, MmapBits, huge is null ? "0" : string.Empty, type);
        return huge is null ? names : names.Length == 0 ? huge : $"{names}|{huge}";
    }

    /// <summary>The flags of clone with the exit signal in their low byte, as clone takes them, or without, as clone3 does.</summary>
    public static string CloneFlags(ulong flags)
    {
        // CSIGNAL is 0xff, but no signal reaches bit 7, which clone3 and unshare use for CLONE_NEWTIME.
        const ulong exitSignalMask = 0x7f;
        int exitSignal = (int)(flags & exitSignalMask);
        string names = Join(flags & ~exitSignalMask, CloneBits, exitSignal == 0 ? "0" : string.Empty);
        return exitSignal == 0 ? names
            : names.Length == 0 ? Signals.Name(exitSignal)
            : $"{names}|{Signals.Name(exitSignal)}";
    }

    /// <param name="sizeLog2">Logarithm of the page size in bytes, 0 for the system's default size.</param>
    private static string HugePages(int sizeLog2)
    {
        if (sizeLog2 == 0)
        {
            return "MAP_HUGETLB";
        }

        (int shift, string unit) = sizeLog2 switch
        {
            >= 30 => (30, "GB"),
            >= 20 => (20, "MB"),
            _ => (10, "KB"),
        };
        return $"MAP_HUGETLB|MAP_HUGE_{(1UL << sizeLog2) >> shift}{unit}";
    }
}
