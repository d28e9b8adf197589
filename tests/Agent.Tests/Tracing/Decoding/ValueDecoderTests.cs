using System.Text;
using System.Text.Json.Nodes;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tests.Tracing.Decoding;

/// <summary>Values that only their own decoder knows, from bytes and numbers as the kernel has them.</summary>
public sealed class ValueDecoderTests
{
    [Theory]
    [InlineData("file\0folder\0srv\0", "/srv/folder/file")]
    [InlineData("", "/")]
    [InlineData("a\nb\0", "/a\\x0ab")]
    public void Names_from_the_file_up_make_a_path(string names, string path) => Assert.Equal(path, Paths.Join(Encoding.UTF8.GetBytes(names)));

    [Theory]
    [InlineData("pipefs", "", "pipe:[17]")]
    [InlineData("sockfs", "", "socket:[17]")]
    [InlineData("anon_inodefs", "[eventpoll]", "anon_inode:[eventpoll]")]
    [InlineData("ext4", "x", null)]
    public void What_has_no_place_is_written_as_proc_does(string fileSystem, string name, string? text) => Assert.Equal(text, Paths.Placeless(fileSystem, name, 17));

    [Theory]
    [InlineData(0x0300, """{"exit_code":3}""")]
    [InlineData(0x0000, """{"exit_code":0}""")]
    [InlineData(0xff00, """{"exit_code":255}""")]
    [InlineData(0x0009, """{"signal":"SIGKILL","core_dumped":false}""")]
    [InlineData(0x008b, """{"signal":"SIGSEGV","core_dumped":true}""")]
    public void A_wait_status_is_an_exit_code_or_a_signal(int status, string expected)
    {
        var data = new JsonObject();

        Processes.SetExit(data, status);

        Assert.Equal(expected, data.ToJsonString());
    }

    [Theory]
    [InlineData(1, 0, """{"outcome":"established"}""")]
    [InlineData(7, 111, """{"outcome":"refused","error":"ECONNREFUSED"}""")]
    [InlineData(7, 110, """{"outcome":"timed_out","error":"ETIMEDOUT"}""")]
    [InlineData(7, 104, """{"outcome":"reset","error":"ECONNRESET"}""")]
    [InlineData(7, 113, """{"outcome":"unreachable","error":"EHOSTUNREACH"}""")]
    [InlineData(7, 0, """{"closed_locally":true}""")]
    public void The_sockets_next_state_and_its_error_are_the_outcome(int state, int error, string expected)
    {
        var data = new JsonObject();

        Connections.SetOutcome(data, state, error);

        Assert.Equal(expected, data.ToJsonString());
    }

    [Theory]
    [InlineData("R", "read")]
    [InlineData("RA", "read")]
    [InlineData("WS", "write")]
    [InlineData("FWFS", "write")]
    [InlineData("FF", "flush")]
    [InlineData("DS", "discard")]
    [InlineData("DE", "secure_erase")]
    public void The_letters_of_a_request_are_an_operation(string letters, string operation) => Assert.Equal(operation, BlockRequests.Operation(letters));

    [Theory]
    [InlineData(0, "SIGTERM", "SI_USER")]
    [InlineData(-6, "SIGABRT", "SI_TKILL")]
    [InlineData(1, "SIGCHLD", "CLD_EXITED")]
    [InlineData(1, "SIGSEGV", "SEGV_MAPERR")]
    [InlineData(9, "SIGTERM", "9")]
    public void A_signals_code_has_its_name(int code, string signal, string name) => Assert.Equal(name, SignalEvents.CodeName(code, signal));

    [Fact]
    public void A_packets_headers_name_its_ends()
    {
        var packet = new WirePacket { Length = 99 };
        byte[] header = [0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        header.CopyTo(packet.Network);
        byte[] ports = [0x04, 0xd2, 0, 53];
        ports.CopyTo(packet.Ports);
        var data = new JsonObject();

        Packets.SetPacket(data, packet, "skb");

        Assert.Equal("""{"skb_length":99,"family":"ipv4","protocol":"udp","source":"10.0.0.1:1234","destination":"10.0.0.2:53"}""", data.ToJsonString());
    }

    [Fact]
    public void A_packet_without_headers_has_its_length_alone()
    {
        var data = new JsonObject();

        Packets.SetPacket(data, new WirePacket { Length = 7 }, "skb");

        Assert.Equal("""{"skb_length":7}""", data.ToJsonString());
    }

    [Fact]
    public void A_number_that_is_no_block_device_stays_one() => Assert.Equal("0:45", Devices.Name(45));

    [Theory]
    [InlineData("/sys/fs/cgroup/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope", "0123456789ab")]
    [InlineData("/sys/fs/cgroup/kubepods/pod1/fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210", "fedcba987654")]
    [InlineData("/sys/fs/cgroup/system.slice/cron.service", null)]
    public void A_cgroups_path_names_its_container(string path, string? id) => Assert.Equal(id, Sonde.Kernel.Containers.IdIn(path));
}
