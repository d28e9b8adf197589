using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class FlagNamesTests
{
    [Theory]
    [InlineData(0, "O_RDONLY")]
    [InlineData(0x80000, "O_RDONLY|O_CLOEXEC")]
    [InlineData(0x241, "O_WRONLY|O_CREAT|O_TRUNC")]
    [InlineData(0x1002, "O_RDWR|O_DSYNC")]
    [InlineData(0x101002, "O_RDWR|O_SYNC")]
    [InlineData(0x10000, "O_RDONLY|O_DIRECTORY")]
    [InlineData(0x410002, "O_RDWR|O_TMPFILE")]
    [InlineData(0x400002, "O_RDWR|0x400000")]
    [InlineData(0x290000, "O_RDONLY|O_DIRECTORY|O_CLOEXEC|O_PATH")]
    [InlineData(3, "O_ACCMODE")]
    [InlineData(0x10000001, "O_WRONLY|0x10000000")]
    public void Open_flags_start_with_the_access_mode(long flags, string names) => Assert.Equal(names, FlagNames.OpenFlags(flags));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0x1a4, "0644")]
    [InlineData(0x9ed, "04755")]
    [InlineData(0x81a4, "0100644")]
    public void A_mode_is_octal(long mode, string text) => Assert.Equal(text, FlagNames.FileMode(mode));

    [Theory]
    [InlineData(0ul, "0")]
    [InlineData(17ul, "SIGCHLD")]
    [InlineData(0x4111ul, "CLONE_VM|CLONE_VFORK|SIGCHLD")]
    [InlineData(0x80ul, "CLONE_NEWTIME")]
    [InlineData(0x3d0f00ul,
        "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID")]
    [InlineData(0x200000000ul, "CLONE_INTO_CGROUP")]
    [InlineData(0x8000000000000100ul, "CLONE_VM|0x8000000000000000")]
    public void Clone_flags_end_with_the_exit_signal(ulong flags, string names) => Assert.Equal(names, FlagNames.CloneFlags(flags));

    [Theory]
    [InlineData(1, "AF_UNIX")]
    [InlineData(2, "AF_INET")]
    [InlineData(10, "AF_INET6")]
    [InlineData(16, "AF_NETLINK")]
    [InlineData(40, "AF_VSOCK")]
    [InlineData(45, "AF_MCTP")]
    [InlineData(46, "46")]
    [InlineData(-1, "-1")]
    public void A_socket_family_has_its_name(int family, string name) => Assert.Equal(name, FlagNames.SocketFamily(family));

    [Theory]
    [InlineData(1, "SOCK_STREAM")]
    [InlineData(0x80802, "SOCK_DGRAM|SOCK_NONBLOCK|SOCK_CLOEXEC")]
    [InlineData(0x80003, "SOCK_RAW|SOCK_CLOEXEC")]
    [InlineData(7, "0x7")]
    public void A_socket_type_is_followed_by_its_flags(int type, string names) => Assert.Equal(names, FlagNames.SocketType(type));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0x4040, "MSG_DONTWAIT|MSG_NOSIGNAL")]
    public void Message_flags_have_their_names(int flags, string names) => Assert.Equal(names, FlagNames.MessageFlags(flags));

    [Theory]
    [InlineData(1, "TCP_ESTABLISHED")]
    [InlineData(2, "TCP_SYN_SENT")]
    [InlineData(7, "TCP_CLOSE")]
    [InlineData(10, "TCP_LISTEN")]
    [InlineData(0, "0")]
    [InlineData(14, "14")]
    public void A_tcp_state_has_its_name(int state, string name) => Assert.Equal(name, FlagNames.TcpState(state));

    [Theory]
    [InlineData(0, "PROT_NONE")]
    [InlineData(5, "PROT_READ|PROT_EXEC")]
    [InlineData(0x40000003, "PROT_READ|PROT_WRITE|0x40000000")]
    public void Protection_has_its_names(long protection, string names) => Assert.Equal(names, FlagNames.Protection(protection));

    [Theory]
    [InlineData(0x22, "MAP_PRIVATE|MAP_ANONYMOUS")]
    [InlineData(0x812, "MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE")]
    [InlineData(0x3, "MAP_SHARED_VALIDATE")]
    [InlineData(0x40022, "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB")]
    [InlineData(0x54040022, "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_HUGE_2MB")]
    [InlineData(0x78040001, "MAP_SHARED|MAP_HUGETLB|MAP_HUGE_1GB")]
    [InlineData(0, "0")]
    [InlineData(0x4, "0x4")]
    public void Mmap_flags_start_with_the_type_of_mapping(long flags, string names) => Assert.Equal(names, FlagNames.MmapFlags(flags));

    [Theory]
    [InlineData(0, "F_OK")]
    [InlineData(5, "R_OK|X_OK")]
    [InlineData(7, "R_OK|W_OK|X_OK")]
    public void An_access_mode_has_its_names(long mode, string names) => Assert.Equal(names, FlagNames.AccessMode(mode));

    [Fact]
    public void The_bit_two_calls_share_is_named_for_the_call()
    {
        Assert.Equal("AT_REMOVEDIR", FlagNames.AtFlags(0x200));
        Assert.Equal("AT_EACCESS|AT_SYMLINK_NOFOLLOW", FlagNames.AccessAtFlags(0x300));
        Assert.Equal("AT_SYMLINK_NOFOLLOW|AT_EMPTY_PATH", FlagNames.AtFlags(0x1100));
        Assert.Equal("0", FlagNames.AccessAtFlags(0));
    }

    [Theory]
    [InlineData(-100, "AT_FDCWD")]
    [InlineData(0xffffff9c, "AT_FDCWD")]
    [InlineData(5, "5")]
    public void The_current_directory_has_its_name_as_a_descriptor(long descriptor, string name) =>
        Assert.Equal(name, FlagNames.DirectoryDescriptor(descriptor));

    [Theory]
    [InlineData(1, "SIGHUP")]
    [InlineData(9, "SIGKILL")]
    [InlineData(11, "SIGSEGV")]
    [InlineData(17, "SIGCHLD")]
    [InlineData(31, "SIGSYS")]
    [InlineData(32, "32")]
    [InlineData(34, "SIGRTMIN")]
    [InlineData(64, "SIGRTMIN+30")]
    [InlineData(0, "0")]
    [InlineData(65, "65")]
    public void A_signal_has_its_name(int signal, string name) => Assert.Equal(name, Signals.Name(signal));
}
