using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>
/// Writes a seccomp filter in classic BPF. The accumulator holds the call's number between rules; a rule that loads an argument ends in a verdict on
/// every way through it.
/// </summary>
internal sealed class FilterAssembler
{
    // struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6]. The low half of an argument comes first on x86.
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint ArgumentsOffset = 16;

    private const ushort Load = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort JumpAlways = 0x05; // BPF_JMP | BPF_JA
    private const ushort JumpEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort JumpAbove = 0x25; // BPF_JMP | BPF_JGT | BPF_K
    private const ushort JumpBits = 0x45; // BPF_JMP | BPF_JSET | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K

    private readonly List<FilterInstruction> _program = [];

    /// <summary>Calls by another processor architecture's convention get the verdict. Comes first, and loads the call's number.</summary>
    public FilterAssembler RequireArchitecture(uint architecture, uint verdict)
    {
        _program.Add(new(Load, 0, 0, ArchitectureOffset));
        _program.Add(new(JumpEqual, 1, 0, architecture));
        _program.Add(new(Return, 0, 0, verdict));
        _program.Add(new(Load, 0, 0, NumberOffset));
        return this;
    }

    /// <summary>Calls with a higher number get the verdict.</summary>
    public FilterAssembler Above(uint number, uint verdict)
    {
        _program.Add(new(JumpAbove, 0, 1, number));
        _program.Add(new(Return, 0, 0, verdict));
        return this;
    }

    /// <summary>All of these calls get the verdict.</summary>
    public FilterAssembler All(uint verdict, params ReadOnlySpan<LinuxSyscall> calls)
    {
        const int MostInOneJump = 250; // A jump reaches 255 instructions.
        while (!calls.IsEmpty)
        {
            var count = Math.Min(calls.Length, MostInOneJump);
            for (var i = 0; i < count; i++)
            {
                // A match jumps to the return behind the last test; the last mismatch jumps over it.
                var toReturn = (byte)(count - 1 - i);
                _program.Add(new(JumpEqual, toReturn, (byte)(i == count - 1 ? 1 : 0), (uint)calls[i]));
            }

            _program.Add(new(Return, 0, 0, verdict));
            calls = calls[count..];
        }

        return this;
    }

    /// <summary>One call by its arguments: the verdict of the first branch whose conditions all hold, else the last.</summary>
    public FilterAssembler When(LinuxSyscall call, uint otherwise, params ReadOnlySpan<FilterBranch> branches)
    {
        var length = 1;
        foreach (var branch in branches)
        {
            length += branch.Length;
        }

        _program.Add(new(JumpEqual, 1, 0, (uint)call));
        _program.Add(new(JumpAlways, 0, 0, (uint)length));
        foreach (var branch in branches)
        {
            var end = _program.Count + branch.Length;
            foreach (var condition in branch.Conditions)
            {
                _program.Add(new(Load, 0, 0, ArgumentsOffset + (8 * (uint)condition.Argument)));
                for (var i = 0; i < condition.Values.Length; i++)
                {
                    // A match jumps over the other tests and the way out behind them.
                    _program.Add(new(condition.AnyBit ? JumpBits : JumpEqual, (byte)(condition.Values.Length - i), 0, condition.Values[i]));
                }

                _program.Add(new(JumpAlways, 0, 0, (uint)(end - _program.Count - 1)));
            }

            _program.Add(new(Return, 0, 0, branch.Verdict));
        }

        _program.Add(new(Return, 0, 0, otherwise));
        return this;
    }

    /// <summary>The whole filter; calls that no rule names get the verdict.</summary>
    public FilterInstruction[] End(uint verdict) => [.. _program, new(Return, 0, 0, verdict)];
}

/// <summary>A verdict on calls whose arguments meet all conditions.</summary>
/// <param name="Verdict">A <c>SECCOMP_RET_</c> value.</param>
/// <param name="Conditions">Each on one argument.</param>
internal sealed record FilterBranch(uint Verdict, params FilterCondition[] Conditions)
{
    /// <summary>Instructions it takes.</summary>
    public int Length => 1 + Conditions.Sum(static condition => 2 + condition.Values.Length);
}

/// <summary>A test of the low 32 bits of an argument: all that the kernel looks at in an <c>int</c>, and where flag words have their flags.</summary>
/// <param name="Argument">From 0.</param>
/// <param name="AnyBit">Whether a bit in common is enough, instead of equality.</param>
/// <param name="Values">One of them must fit; at most 250.</param>
internal sealed record FilterCondition(int Argument, bool AnyBit, params uint[] Values)
{
    public static FilterCondition OneOf(int argument, params uint[] values) => new(argument, AnyBit: false, values);

    public static FilterCondition HasAny(int argument, uint bits) => new(argument, AnyBit: true, bits);
}
