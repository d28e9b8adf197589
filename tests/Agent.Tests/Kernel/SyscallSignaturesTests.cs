using Sonde.Kernel;
using Sonde.Kernel.Arch;

namespace Sonde.Tests.Kernel;

public sealed class SyscallSignaturesTests
{
    [Fact]
    public void Every_described_call_exists_and_has_at_most_six_arguments() =>
        Assert.All(SyscallSignatures.Names, name =>
        {
            Assert.NotNull(SyscallTable.Number(name));
            IReadOnlyList<SyscallArgument> arguments = SyscallSignatures.Find(name)!;
            Assert.InRange(arguments.Count, 0, 6);
            Assert.Equal(arguments.Count, arguments.Select(argument => argument.Name).Distinct().Count());
        });

    [Fact]
    public void Only_socket_addresses_have_a_length_and_it_is_another_argument_of_the_call() =>
        Assert.All(SyscallSignatures.Names, name =>
        {
            IReadOnlyList<SyscallArgument> arguments = SyscallSignatures.Find(name)!;
            foreach (SyscallArgument argument in arguments)
            {
                Assert.Equal(argument.Kind is SyscallArgumentKind.SockaddrIn or SyscallArgumentKind.SockaddrOut, argument.LengthArgument >= 0);
                if (argument.LengthArgument >= 0)
                {
                    // What comes back has its length behind a pointer.
                    var length = argument.Kind == SyscallArgumentKind.SockaddrIn ? SyscallArgumentKind.Size : SyscallArgumentKind.Buffer;
                    Assert.Equal(length, arguments[argument.LengthArgument].Kind);
                }
            }
        });

    [Theory]
    [InlineData("connect", "fd,destination,address_size")]
    [InlineData("bind", "fd,address,address_size")]
    [InlineData("openat", "dir_fd,filename,flags,mode")]
    [InlineData("open", "filename,flags,mode")]
    [InlineData("execve", "filename,argv,envp")]
    [InlineData("read", "fd,buffer,size")]
    [InlineData("sendto", "fd,buffer,size,flags,destination,address_size")]
    [InlineData("fork", "")]
    public void Arguments_have_the_contracts_names_in_register_order(string syscall, string names) =>
        Assert.Equal(names, string.Join(',', SyscallSignatures.Find(syscall)!.Select(argument => argument.Name)));

    [Fact]
    public void The_flags_of_openat2_are_read_from_user_memory() =>
        Assert.Equal(SyscallArgumentKind.OpenHow, SyscallSignatures.Find("openat2")![2].Kind);

    [Fact]
    public void A_call_is_found_by_the_name_of_its_tracepoint() =>
        Assert.Same(SyscallSignatures.Find("stat"), SyscallSignatures.Find("newstat"));

    [Fact]
    public void An_undescribed_call_is_none() => Assert.Null(SyscallSignatures.Find("quotactl"));
}
