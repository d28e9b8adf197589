using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Sonde.Commands.BuiltIns;

/// <summary>A page to read.</summary>
/// <param name="Url">Where.</param>
internal sealed record HttpRequest(Uri Url)
{
    public bool HeadersOnly { get; init; }

    public bool AcceptAnyCertificate { get; init; }

    /// <summary>To this host's own addresses, as the first request.</summary>
    public bool FollowsRedirects { get; init; }

    public TimeSpan Timeout { get; init; }

    /// <summary>"Name: value".</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];
}

/// <summary>What came back.</summary>
internal sealed record HttpOutcome
{
    /// <summary>Why nothing came back; null otherwise.</summary>
    public string? Failure { get; init; }

    /// <summary>curl's exit code for it.</summary>
    public int CurlCode { get; init; }

    public int Status { get; init; }

    /// <summary>Status line and headers, each line ended.</summary>
    public string Head { get; init; } = "";

    public string Body { get; init; } = "";

    public long Length { get; init; }

    public string ContentType { get; init; } = "";

    /// <summary>The address it came from.</summary>
    public string Peer { get; init; } = "";

    public TimeSpan Elapsed { get; init; }
}

/// <summary>Reads pages of this host. Every connection, that of a redirect too, goes to one of this host's own addresses or isn't made.</summary>
internal static class LocalHttpClient
{
    private const int MostBody = 1024 * 1024;
    private const int Refused = 126;

    public static async Task<HttpOutcome> GetAsync(HttpRequest request, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var peer = "";
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = request.FollowsRedirects,
            MaxAutomaticRedirections = 5,
            ConnectCallback = async (context, patience) =>
            {
                var (stream, address) = await ConnectAsync(context.DnsEndPoint, patience).ConfigureAwait(false);
                peer = address;
                return stream;
            },
        };
        if (request.AcceptAnyCertificate)
        {
#pragma warning disable CA5359 // What -k asks for: a health page of this host, with a certificate of its own making. Nothing secret is sent to it.
            handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true };
#pragma warning restore CA5359
        }

        using var client = new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(request.Timeout);
        try
        {
            using var message = new HttpRequestMessage(request.HeadersOnly ? HttpMethod.Head : HttpMethod.Get, request.Url);
            message.Headers.TryAddWithoutValidation("User-Agent", "sonde");
            message.Headers.TryAddWithoutValidation("Accept", "*/*");
            foreach (var header in request.Headers)
            {
                var colon = header.IndexOf(':', StringComparison.Ordinal);
                message.Headers.TryAddWithoutValidation(header[..colon], header[(colon + 1)..].Trim());
            }

            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
            var (body, length) = await BodyAsync(response, patience.Token).ConfigureAwait(false);
            return new HttpOutcome
            {
                Status = (int)response.StatusCode,
                Head = HeadOf(response),
                Body = body,
                Length = length,
                ContentType = response.Content.Headers.ContentType?.ToString() ?? "",
                Peer = peer,
                Elapsed = clock.Elapsed,
            };
        }
        catch (OperationCanceledException)
        {
            return Failed(28, string.Create(CultureInfo.InvariantCulture, $"Operation timed out after {clock.ElapsedMilliseconds} milliseconds"));
        }
        catch (HttpRequestException e)
        {
            return e.InnerException switch
            {
                NotLocalException notLocal => Failed(Refused, notLocal.Message),
                SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => Failed(6, $"Could not resolve host: {request.Url.Host}"),
                SocketException socket => Failed(7, $"Failed to connect to {request.Url.Host} port {request.Url.Port.ToString(CultureInfo.InvariantCulture)}: {socket.Message}"),
                AuthenticationException tls => Failed(60, $"TLS: {tls.Message}"),
                _ => Failed(52, e.Message),
            };
        }
        catch (IOException e)
        {
            return Failed(56, e.Message);
        }

        HttpOutcome Failed(int code, string failure) => new() { CurlCode = code, Failure = failure, Elapsed = clock.Elapsed, Peer = peer };
    }

    private static async Task<(Stream Stream, string Address)> ConnectAsync(DnsEndPoint target, CancellationToken patience)
    {
        var addresses = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, patience).ConfigureAwait(false);
        var own = OwnAddresses();
        var local = addresses.Where(address => IPAddress.IsLoopback(address) || own.Contains(address)).ToArray();
        if (local.Length == 0)
        {
            throw new NotLocalException($"refused: {target.Host} is no address of this host, and pages of other hosts aren't read");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(local, target.Port, patience).ConfigureAwait(false);
            return (new NetworkStream(socket, ownsSocket: true), (socket.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static HashSet<IPAddress> OwnAddresses() =>
        [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(static nic => nic.GetIPProperties().UnicastAddresses).Select(static unicast => unicast.Address)];

    private static async Task<(string Text, long Length)> BodyAsync(HttpResponseMessage response, CancellationToken patience)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(patience).ConfigureAwait(false);
        var buffer = new byte[MostBody];
        var length = await stream.ReadAtLeastAsync(buffer, MostBody, throwOnEndOfStream: false, patience).ConfigureAwait(false);
        var text = OutputText.FromBytes(buffer.AsSpan(0, length));
        return (length < MostBody ? text : $"{text}\n[... cut after {MostBody} bytes ...]\n", length);
    }

    private static string HeadOf(HttpResponseMessage response)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/{response.Version} {(int)response.StatusCode} {response.ReasonPhrase}\n");
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {string.Join(", ", values)}\n");
        }

        return OutputText.FromBytes(Encoding.UTF8.GetBytes(head.ToString()));
    }

    /// <summary>A connection that isn't made.</summary>
    private sealed class NotLocalException(string message) : IOException(message);
}
