using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Sonde.Commands.BuiltIns;

/// <summary>A question's outcome.</summary>
/// <param name="Answer">Null where none came.</param>
/// <param name="Server">Who was asked last.</param>
/// <param name="Failure">Why none came.</param>
/// <param name="Milliseconds">How long it took.</param>
internal sealed record DnsOutcome(DnsAnswer? Answer, IPEndPoint Server, string? Failure, long Milliseconds);

/// <summary>Asks name servers, the host's own unless another is named; each once, over UDP, and over TCP where the answer was cut.</summary>
internal sealed class DnsClient(IReadOnlyList<IPEndPoint> servers, TimeSpan timeout)
{
    private const int LongestAnswer = 65535;
    private const int Port = 53;

    /// <summary>The servers and search domains of a resolv.conf; the local one where it names none.</summary>
    public static (IReadOnlyList<IPEndPoint> Servers, IReadOnlyList<string> Search) HostConfiguration(IEnumerable<string> lines)
    {
        var servers = new List<IPEndPoint>();
        IReadOnlyList<string> search = [];
        foreach (var words in lines.Select(static line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)))
        {
            if (words is ["nameserver", var address, ..] && IPAddress.TryParse(address, out var server))
            {
                servers.Add(new IPEndPoint(server, Port));
            }
            else if (words is ["search" or "domain", ..])
            {
                search = words[1..];
            }
        }

        return (servers.Count > 0 ? servers : [new IPEndPoint(IPAddress.Loopback, Port)], search);
    }

    /// <summary>The first answer that any server gives.</summary>
    public async Task<DnsOutcome> AskAsync(string name, DnsType type, CancellationToken cancellation)
    {
        var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue);
        if (DnsMessage.Question(id, name, type) is not { } question)
        {
            return new DnsOutcome(null, servers[0], $"'{name}' is no name that DNS can carry", 0);
        }

        var clock = Stopwatch.StartNew();
        DnsOutcome? last = null;
        foreach (var server in servers)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(timeout);
            try
            {
                var answer = await OverUdpAsync(server, id, question, patience.Token).ConfigureAwait(false);
                answer = answer.IsTruncated ? await OverTcpAsync(server, question, patience.Token).ConfigureAwait(false) : answer;
                return new DnsOutcome(answer, server, null, clock.ElapsedMilliseconds);
            }
            catch (OperationCanceledException)
            {
                last = new DnsOutcome(null, server, "timed out", clock.ElapsedMilliseconds);
                cancellation.ThrowIfCancellationRequested();
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                last = new DnsOutcome(null, server, e.Message, clock.ElapsedMilliseconds);
            }
        }

        return last!;
    }

    private static async Task<DnsAnswer> OverUdpAsync(IPEndPoint server, ushort id, byte[] question, CancellationToken patience)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        // Connected: only this server's datagrams arrive, and a refusal is heard.
        await socket.ConnectAsync(server, patience).ConfigureAwait(false);
        await socket.SendAsync(question, patience).ConfigureAwait(false);
        var buffer = new byte[LongestAnswer];
        while (true)
        {
            var count = await socket.ReceiveAsync(buffer, patience).ConfigureAwait(false);
            if (count >= 2 && BinaryPrimitives.ReadUInt16BigEndian(buffer) == id)
            {
                return DnsMessage.Read(buffer.AsSpan(0, count));
            }
        }
    }

    private static async Task<DnsAnswer> OverTcpAsync(IPEndPoint server, byte[] question, CancellationToken patience)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, patience).ConfigureAwait(false);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync((byte[])[(byte)(question.Length >> 8), (byte)question.Length, .. question], patience).ConfigureAwait(false);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, patience).ConfigureAwait(false);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, patience).ConfigureAwait(false);
        return DnsMessage.Read(answer);
    }
}
