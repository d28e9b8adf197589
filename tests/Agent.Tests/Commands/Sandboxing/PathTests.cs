using Sonde.Commands.Sandboxing;
using Sonde.Interop;

namespace Sonde.Tests.Commands.Sandboxing;

public sealed class PathTests
{
    [Theory]
    [InlineData("/a/./b//c/../d", "/a/b/d")]
    [InlineData("/../../x", "/x")]
    [InlineData("/", "/")]
    [InlineData("//dev//null", "/dev/null")]
    public void Paths_are_made_plain(string path, string plain) => Assert.Equal(plain, ConfinedPath.Absolute(path, "/proc/self/cwd"));

    [Fact]
    public void A_relative_path_starts_where_the_link_points() =>
        Assert.Equal(Path.Combine(Environment.CurrentDirectory, "x"), ConfinedPath.Absolute("./x", "/proc/self/cwd"));

    [Theory]
    [InlineData("/s/a", "a")]
    [InlineData("/s/a/b", "a/b")]
    [InlineData("/s", ".")]
    [InlineData("/sx/a", null)]
    [InlineData("/etc/passwd", null)]
    public void Only_what_lies_beneath_is_beneath(string path, string? relative) => Assert.Equal(relative, ConfinedPath.Beneath(path, "/s"));

    [Theory]
    [InlineData("/dev/stdout", 1)]
    [InlineData("/dev/stderr", 2)]
    [InlineData("/dev/fd/7", 7)]
    [InlineData("/proc/self/fd/3", 3)]
    [InlineData("/proc/42/fd/5", 5)]
    [InlineData("/proc/43/fd/5", null)]
    [InlineData("/proc/self/fd/x", null)]
    [InlineData("/dev/fd/-1", null)]
    [InlineData("/dev/stdin", null)]
    public void Names_of_ones_own_descriptors_are_known(string path, int? number) => Assert.Equal(number, ConfinedPath.OwnDescriptor(path, process: 42));

    [Fact]
    public void A_remount_repeats_the_flags_that_it_must_keep() =>
        Assert.Equal(Mounts.NoSetUid | Mounts.NoExec | Mounts.RelativeAccessTime, MountTable.FlagsOf("rw,nosuid,noexec,relatime"));

    [Theory]
    [InlineData(@"/a\040b\134c", @"/a b\c")]
    [InlineData("/plain", "/plain")]
    public void Escapes_of_the_mount_table_are_undone(string written, string path) => Assert.Equal(path, MountTable.Unescape(written));

    [Fact]
    public void A_request_survives_its_way_through_the_arguments()
    {
        var request = new SandboxRequest(0x60001234, SandboxProfile.Default with { Sockets = SocketAccess.Local, Group = 7 }, ["/bin/sh", "-c", "echo 'a b'"], "user");

        var back = SandboxRequest.Decode([.. request.Encode()]);

        Assert.Equal((request.User, request.FailingStep, request.Profile), (back.User, back.FailingStep, back.Profile with { Name = request.Profile.Name }));
        Assert.Equal(request.Arguments, back.Arguments);
    }
}
