using Sonde.Commands.Sandboxing;
using Sonde.Interop;

namespace Sonde.Tests.Commands.Sandboxing;

/// <summary>The filter, run instruction by instruction as the kernel runs it.</summary>
public sealed class SandboxFilterTests
{
    private static readonly uint Denied = SandboxFilter.Error(Errors.NotPermitted);
    private static readonly uint Missing = SandboxFilter.Error(Errors.NotImplemented);
    private static readonly uint NoFamily = SandboxFilter.Error(Errors.AddressFamilyNotSupported);

    public static TheoryData<string> Accesses => [.. Enum.GetNames<SocketAccess>()];

    [Theory]
    [MemberData(nameof(Accesses))]
    public void Every_call_gets_one_verdict_and_no_jump_leaves_the_program(string access)
    {
        var filter = SandboxFilter.Build(Enum.Parse<SocketAccess>(access));

        Assert.True(filter.Length < 4096);
        for (var number = 0u; number < 600; number++)
        {
            Run(filter, number);
            Run(filter, number, uint.MaxValue, uint.MaxValue, uint.MaxValue);
        }
    }

    [Fact]
    public void Opens_that_write_are_supervised_and_others_pass()
    {
        var filter = SandboxFilter.Build(SocketAccess.Netlink);

        foreach (var flags in (uint[])[1, 2, 3, 0x40, 0x200, 0x241, 0x410000, 0x80001])
        {
            Assert.Equal(SandboxFilter.Supervise, Run(filter, (uint)LinuxSyscall.OpenAt, 0, 0, flags));
            Assert.Equal(SandboxFilter.Supervise, Run(filter, (uint)LinuxSyscall.Open, 0, flags));
        }

        foreach (var flags in (uint[])[0, 0x80000, 0x10000, 0x200000, 0x800, 0x40000])
        {
            Assert.Equal(SandboxFilter.Allow, Run(filter, (uint)LinuxSyscall.OpenAt, 0, 0, flags));
        }
    }

    [Theory]
    [InlineData(nameof(SocketAccess.Netlink), 16, 0, true)]
    [InlineData(nameof(SocketAccess.Netlink), 16, 4, true)]
    [InlineData(nameof(SocketAccess.Netlink), 16, 12, false)]
    [InlineData(nameof(SocketAccess.Netlink), 16, 16, false)]
    [InlineData(nameof(SocketAccess.Netlink), 1, 0, false)]
    [InlineData(nameof(SocketAccess.Netlink), 2, 0, false)]
    [InlineData(nameof(SocketAccess.Netlink), 10, 0, false)]
    [InlineData(nameof(SocketAccess.Netlink), 17, 0, false)]
    [InlineData(nameof(SocketAccess.Netlink), 38, 0, false)]
    [InlineData(nameof(SocketAccess.Netlink), 40, 0, false)]
    [InlineData(nameof(SocketAccess.Local), 1, 0, true)]
    [InlineData(nameof(SocketAccess.Local), 2, 0, false)]
    [InlineData(nameof(SocketAccess.Internet), 2, 0, true)]
    [InlineData(nameof(SocketAccess.Internet), 1, 0, false)]
    [InlineData(nameof(SocketAccess.Netfilter), 16, 12, true)]
    [InlineData(nameof(SocketAccess.InterfaceQueries), 2, 0, true)]
    [InlineData(nameof(SocketAccess.InterfaceQueries), 1, 0, false)]
    public void Sockets_are_those_of_the_profile(string access, uint family, uint protocol, bool allowed) =>
        Assert.Equal(allowed ? SandboxFilter.Allow : NoFamily, Run(SandboxFilter.Build(Enum.Parse<SocketAccess>(access)), (uint)LinuxSyscall.Socket, family, 3, protocol));

    [Fact]
    public void Calls_that_change_the_host_or_lead_around_the_filter_are_refused()
    {
        var filter = SandboxFilter.Build(SocketAccess.Netlink);

        foreach (var call in (LinuxSyscall[])[LinuxSyscall.Mount, LinuxSyscall.Ptrace, LinuxSyscall.Bpf, LinuxSyscall.SetNs, LinuxSyscall.KexecLoad, LinuxSyscall.Symlink, LinuxSyscall.FchmodAt2, LinuxSyscall.OpenByHandleAt, LinuxSyscall.PidfdGetFd])
        {
            Assert.Equal(Denied, Run(filter, (uint)call));
        }

        foreach (var call in (LinuxSyscall[])[LinuxSyscall.OpenAt2, LinuxSyscall.Clone3, LinuxSyscall.IoUringSetup, LinuxSyscall.MemfdCreate])
        {
            Assert.Equal(Missing, Run(filter, (uint)call));
        }

        Assert.Equal(Missing, Run(filter, 469));
        Assert.Equal(NoFamily, Run(filter, (uint)LinuxSyscall.SocketPair, 1));
        Assert.Equal(Denied, Run(filter, (uint)LinuxSyscall.Clone, 0x10000011));
        Assert.Equal(SandboxFilter.Allow, Run(filter, (uint)LinuxSyscall.Clone, 0x01200011));
        Assert.Equal(Denied, Run(filter, (uint)LinuxSyscall.Seccomp, 1, 8));
        Assert.Equal(SandboxFilter.Allow, Run(filter, (uint)LinuxSyscall.Seccomp, 1, 0));
        Assert.Equal(SandboxFilter.Allow, Run(filter, (uint)LinuxSyscall.Syslog, 3));
        Assert.Equal(Denied, Run(filter, (uint)LinuxSyscall.Syslog, 5));
        Assert.Equal(SandboxFilter.Allow, Run(filter, (uint)LinuxSyscall.Ioctl, 0, 0x5401));
        Assert.Equal(SandboxFilter.Error(Errors.NotATerminal), Run(filter, (uint)LinuxSyscall.Ioctl, 0, 0x5412));
        Assert.Equal(SandboxFilter.Supervise, Run(filter, (uint)LinuxSyscall.UnlinkAt));
        Assert.Equal(SandboxFilter.Supervise, Run(filter, (uint)LinuxSyscall.Flock, 3, 6));
        Assert.Equal(SandboxFilter.Allow, Run(filter, (uint)LinuxSyscall.Flock, 3, 1));
        Assert.Equal(SandboxFilter.Allow, Run(filter, 0));
        Assert.Equal(SandboxFilter.Allow, Run(filter, (uint)LinuxSyscall.Execve));
    }

    [Fact]
    public void Other_conventions_end_the_process()
    {
        var filter = SandboxFilter.Build(SocketAccess.Netlink);

        Assert.Equal(SandboxFilter.Kill, Execute(filter, 0, 0x40000003, [])); // AUDIT_ARCH_I386
        Assert.Equal(SandboxFilter.Kill, Run(filter, 0x40000000));
        Assert.Equal(SandboxFilter.Kill, Run(filter, 0x40000101));
    }

    [Fact]
    public void A_program_that_only_asks_about_interfaces_can_send_nothing()
    {
        var silence = SandboxFilter.BuildSilence(SocketAccess.InterfaceQueries)!;

        foreach (var call in (LinuxSyscall[])[LinuxSyscall.Connect, LinuxSyscall.SendTo, LinuxSyscall.SendMsg, LinuxSyscall.SendMmsg, LinuxSyscall.Bind])
        {
            Assert.Equal(Denied, Run(silence, (uint)call));
        }

        Assert.Equal(SandboxFilter.Allow, Run(silence, (uint)LinuxSyscall.Ioctl));
    }

    private static uint Run(FilterInstruction[] filter, uint number, params uint[] arguments) => Execute(filter, number, SandboxFilter.NativeArchitecture, arguments);

    private static uint Execute(FilterInstruction[] filter, uint number, uint architecture, uint[] arguments)
    {
        var accumulator = 0u;
        for (var at = 0; ; at++)
        {
            var (code, ifTrue, ifFalse, operand) = filter[at];
            switch (code)
            {
                case 0x20:
                    accumulator = operand switch
                    {
                        0 => number,
                        4 => architecture,
                        // Upper halves are never looked at.
                        _ => operand >= 16 && (operand - 16) % 8 == 0 ? arguments.ElementAtOrDefault((int)(operand - 16) / 8) : throw new InvalidOperationException($"load of {operand}"),
                    };
                    break;
                case 0x05:
                    at += (int)operand;
                    break;
                case 0x15:
                    at += accumulator == operand ? ifTrue : ifFalse;
                    break;
                case 0x25:
                    at += accumulator > operand ? ifTrue : ifFalse;
                    break;
                case 0x45:
                    at += (accumulator & operand) != 0 ? ifTrue : ifFalse;
                    break;
                case 0x06:
                    return operand;
                default:
                    throw new InvalidOperationException($"operation {code:x}");
            }
        }
    }
}
