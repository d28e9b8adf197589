using System.Runtime.InteropServices;
using Sonde.Interop;
using Sonde.Kernel.Elf;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Stacks;

/// <summary>A place in a program: an offset in the file of a build id, or an address where the kernel couldn't tell that.</summary>
/// <param name="BuildId">Hexadecimal; null for an address.</param>
/// <param name="Value">The offset, or the address.</param>
internal readonly record struct UserFrame(string? BuildId, ulong Value);

/// <summary>One stack as the kernel kept it, innermost frame first, with the matches that had it.</summary>
/// <param name="ProcessId">In the agent's namespace where visible there.</param>
/// <param name="ProcessName">The leader's.</param>
/// <param name="Count">Matches.</param>
/// <param name="Kernel">Addresses.</param>
/// <param name="User">Empty for kernel threads.</param>
/// <param name="Displaced">Whether a part is missing because another stack had its place in the kernel's table.</param>
internal sealed record CountedStack(int ProcessId, string ProcessName, long Count, IReadOnlyList<ulong> Kernel, IReadOnlyList<UserFrame> User, bool Displaced)
{
    private const int EEXIST = 17;

    /// <summary>All stacks of a probe whose window is shut.</summary>
    public static unsafe IReadOnlyList<CountedStack> ReadAll(BpfObject bpf)
    {
        var stacks = new List<CountedStack>();
        var (counts, kernel, user) = (LibBpf.bpf_map__fd(bpf.Map("by_stack")), LibBpf.bpf_map__fd(bpf.Map("kernel_stacks")), LibBpf.bpf_map__fd(bpf.Map("user_stacks")));
        var each = new WireProcessCount[Math.Max(1, LibBpf.libbpf_num_possible_cpus())];
        WireStackKey key, next;
        for (void* previous = null; LibBpf.bpf_map_get_next_key(counts, previous, &next) == 0; previous = &key)
        {
            key = next;
            fixed (WireProcessCount* to = each)
            {
                if (LibBpf.bpf_map_lookup_elem(counts, &key, to) != 0)
                {
                    continue;
                }
            }

            stacks.Add(new CountedStack(
                (int)key.Pid,
                each.Select(static one => Text.FromKernel(one.Comm)).FirstOrDefault(static name => name.Length > 0) ?? "",
                each.Sum(static one => (long)one.Count),
                KernelFrames(kernel, key.Kernel),
                UserFrames(user, key.User),
                key.Kernel == -EEXIST || key.User == -EEXIST));
        }

        return stacks;
    }

    private static unsafe ulong[] KernelFrames(int map, int id)
    {
        Span<ulong> frames = stackalloc ulong[Wire.StackDepth];
        if (id < 0 || !Look(map, id, MemoryMarshal.AsBytes(frames)))
        {
            return [];
        }

        var end = frames.IndexOf(0ul);
        return frames[..(end < 0 ? frames.Length : end)].ToArray();
    }

    private static unsafe List<UserFrame> UserFrames(int map, int id)
    {
        var found = new List<UserFrame>();
        Span<WireUserFrame> frames = stackalloc WireUserFrame[Wire.StackDepth];
        if (id < 0 || !Look(map, id, MemoryMarshal.AsBytes(frames)))
        {
            return found;
        }

        foreach (ref readonly var frame in frames)
        {
            if (frame.Status == FrameStatus.None)
            {
                break;
            }

            found.Add(frame.Status == FrameStatus.BuildId
                ? new UserFrame(ElfFile.SpellBuildId(frame.BuildId), frame.Offset)
                : new UserFrame(null, frame.Offset));
        }

        return found;
    }

    private static unsafe bool Look(int map, int id, Span<byte> value)
    {
        fixed (byte* to = value)
        {
            return LibBpf.bpf_map_lookup_elem(map, &id, to) == 0;
        }
    }
}
