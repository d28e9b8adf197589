using Kind = Sonde.Kernel.SyscallArgumentKind;

namespace Sonde.Kernel;

/// <content>Memory.</content>
internal static partial class SyscallSignatures
{
    private static Dictionary<string, SyscallArgument[]> Memory() => new(StringComparer.Ordinal)
    {
        ["mmap"] =
        [
            new("address", Kind.Hex), new("size", Kind.Size), new("protection", Kind.Protection), new("flags", Kind.MmapFlags),
            new("fd", Kind.Fd), new("offset", Kind.UInt),
        ],
        ["mprotect"] = [new("address", Kind.Hex), new("size", Kind.Size), new("protection", Kind.Protection)],
        ["munmap"] = [new("address", Kind.Hex), new("size", Kind.Size)],
        ["mremap"] =
        [
            new("address", Kind.Hex), new("size", Kind.Size), new("new_size", Kind.Size), new("flags", Kind.Hex),
            new("new_address", Kind.Hex),
        ],
        ["madvise"] = [new("address", Kind.Hex), new("size", Kind.Size), new("advice", Kind.Int)],
        ["msync"] = [new("address", Kind.Hex), new("size", Kind.Size), new("flags", Kind.Hex)],
        ["mlock"] = [new("address", Kind.Hex), new("size", Kind.Size)],
        ["munlock"] = [new("address", Kind.Hex), new("size", Kind.Size)],
        ["brk"] = [new("address", Kind.Hex)],
        ["mincore"] = [new("address", Kind.Hex), new("size", Kind.Size), new("buffer", Kind.Buffer)],
        ["shmget"] = [new("key", Kind.Hex), new("size", Kind.Size), new("flags", Kind.Hex)],
        ["shmat"] = [new("id", Kind.Int), new("address", Kind.Hex), new("flags", Kind.Hex)],
        ["shmdt"] = [new("address", Kind.Hex)],
    };
}
