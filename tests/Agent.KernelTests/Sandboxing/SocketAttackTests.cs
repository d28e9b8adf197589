using System.Net;
using System.Net.Sockets;

namespace Sonde.Tests.Sandboxing;

/// <summary>Confined commands that try to say something to a listener of this test: by path, by abstract name, on the loopback.</summary>
public sealed class SocketAttackTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sonde-sockets-").FullName;
    private readonly List<Socket> _listeners = [];
    private readonly string _path;
    private readonly string _datagrams;
    private readonly string _abstract;
    private readonly int _tcp;
    private readonly int _udp;

    public SocketAttackTests()
    {
        Assert.SkipWhen(Confined.Unavailable is not null, Confined.Unavailable ?? "");
        File.SetUnixFileMode(_folder, (UnixFileMode)0x1ff);
        _path = Path.Combine(_folder, "stream");
        _datagrams = Path.Combine(_folder, "datagram");
        _abstract = $"sonde-test-{Guid.NewGuid():N}";
        Listen(new UnixDomainSocketEndPoint(_path), SocketType.Stream, ProtocolType.Unspecified);
        Listen(new UnixDomainSocketEndPoint(_datagrams), SocketType.Dgram, ProtocolType.Unspecified);
        Listen(new UnixDomainSocketEndPoint("\0" + _abstract), SocketType.Stream, ProtocolType.Unspecified);
        _tcp = Listen(new IPEndPoint(IPAddress.IPv6Any, 0), SocketType.Stream, ProtocolType.Tcp);
        _udp = Listen(new IPEndPoint(IPAddress.IPv6Any, 0), SocketType.Dgram, ProtocolType.Udp);
        File.SetUnixFileMode(_path, (UnixFileMode)0x1b6);
        File.SetUnixFileMode(_datagrams, (UnixFileMode)0x1b6);
    }

    public void Dispose()
    {
        _listeners.ForEach(static listener => listener.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_listener_hears_nothing_of_a_confined_command()
    {
        string[] attacks =
        [
            $"python3 -c 'import socket; s=socket.socket(socket.AF_UNIX); s.connect(\"{_path}\"); s.send(b\"x\")'",
            $"python3 -c 'import socket; s=socket.socket(socket.AF_UNIX); s.connect(\"\\0{_abstract}\"); s.send(b\"x\")'",
            $"python3 -c 'import socket; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.sendto(b\"x\",\"{_datagrams}\")'",
            $"python3 -c 'import socket; a,b=socket.socketpair(socket.AF_UNIX,socket.SOCK_DGRAM); a.sendto(b\"x\",\"{_datagrams}\")'",
            $"python3 -c 'import socket; a,b=socket.socketpair(); a.connect(\"{_path}\")'",
            $"python3 -c 'import socket; s=socket.socket(socket.AF_UNIX); s.connect(\"/proc/1/root{_path}\"); s.send(b\"x\")'",
            $"python3 -c 'import socket; s=socket.create_connection((\"127.0.0.1\",{_tcp})); s.send(b\"x\")'",
            $"python3 -c 'import socket; s=socket.create_connection((\"::1\",{_tcp})); s.send(b\"x\")'",
            $"python3 -c 'import socket; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.sendto(b\"x\",(\"127.0.0.1\",{_udp}))'",
            $"python3 -c 'import socket; s=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM); s.sendto(b\"x\",(\"::1\",{_udp}))'",
            "python3 -c 'import socket; s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW); s.bind((\"lo\",0)); s.send(b\"x\"*60)'",
            "python3 -c 'import socket; socket.socket(socket.AF_VSOCK,socket.SOCK_STREAM)'",
            $"perl -MSocket -e 'socket(S,PF_INET,SOCK_STREAM,0) or die; connect(S,sockaddr_in({_tcp},inet_aton(\"127.0.0.1\"))) or die; syswrite S,\"x\"'",
            $"perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new(Peer=>\"{_path}\") or die; print $s \"x\"'",
            $"bash -c 'echo x > /dev/tcp/127.0.0.1/{_tcp}'",
            $"bash -c 'echo x > /dev/udp/127.0.0.1/{_udp}'",
            $"{{ curl -s -m 3 http://127.0.0.1:{_tcp}/; }}",
            $"{{ curl -s -m 3 --unix-socket {_path} http://x/; }}",
            $"{{ wget -q -T 3 -t 1 -O - http://127.0.0.1:{_tcp}/; }}",
            $"curl -s -m 3 -T /etc/hostname http://127.0.0.1:{_tcp}/",
            $"curl -s -m 3 -d x http://127.0.0.1:{_tcp}/",
            $"busybox nc 127.0.0.1 {_tcp} < /etc/hostname",
            $"busybox wget -q -O - http://127.0.0.1:{_tcp}/",
            $"{{ ifconfig lo >/dev/null; busybox nc -u 127.0.0.1 {_udp} < /etc/hostname; }}",
            $"echo x > {_path}",
            $"openssl s_client -connect 127.0.0.1:{_tcp} < /dev/null",
            $"{{ ssh -o BatchMode=yes -o ConnectTimeout=3 -p {_tcp} 127.0.0.1 true; }}",
        ];
        using var confined = new Confined();

        foreach (var attack in attacks)
        {
            Assert.NotEqual(0, (await confined.RunAsync(attack)).ExitCode);
            foreach (var listener in _listeners)
            {
                Assert.False(listener.Poll(0, SelectMode.SelectRead), attack);
            }
        }
    }

    private int Listen(EndPoint endPoint, SocketType type, ProtocolType protocol)
    {
        var socket = new Socket(endPoint.AddressFamily, type, protocol);
        if (endPoint is IPEndPoint)
        {
            socket.DualMode = true;
        }

        socket.Bind(endPoint);
        if (type == SocketType.Stream)
        {
            socket.Listen();
        }

        _listeners.Add(socket);
        return (socket.LocalEndPoint as IPEndPoint)?.Port ?? 0;
    }
}
