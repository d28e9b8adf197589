using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Sonde.Dialogue;

/// <summary>What became of one HTTP call: an answer with a status, or a failure to get one.</summary>
/// <param name="Status">HTTP status; 0 when there was no whole answer.</param>
/// <param name="Body">Whole; empty on failure.</param>
/// <param name="RetryAfter">As the server asks, or null.</param>
/// <param name="Location">Where a redirect points, or null.</param>
/// <param name="Failure">Why there was no answer, for people; null when there was.</param>
/// <param name="Kind">What kind of failure.</param>
internal sealed record GatewayAnswer(
    int Status, ReadOnlyMemory<byte> Body, TimeSpan? RetryAfter = null, string? Location = null, string? Failure = null, GatewayFailure Kind = GatewayFailure.None);

/// <summary>Why a call brought no answer.</summary>
internal enum GatewayFailure
{
    None,

    /// <summary>No connection, or it broke: worth another try.</summary>
    Broken,

    /// <summary>Silence, or a call that would not end: worth one more.</summary>
    TimedOut,

    /// <summary>It will fail the same way again.</summary>
    Final,
}

/// <summary>Makes one bounded HTTP call after another: no redirects, no endless bodies, no endless silence.</summary>
internal sealed class GatewayTransport : IDisposable
{
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;
    private string? _certificateFault;

    public GatewayTransport(GatewayOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _client = new HttpClient(new SocketsHttpHandler
        {
            // A redirect could lead the key and the host's secrets elsewhere.
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            // A proxy can't know the agent's own loopback.
            UseProxy = !options.Endpoint.IsLoopback,
            MaxResponseHeadersLength = 64,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = AcceptCertificate },
            ConnectCallback = options.Endpoint.Host == "localhost" ? ConnectToLocalhostAsync : null,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Posts <paramref name="body"/> and reads the whole answer.</summary>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellation"/> asks.</exception>
    public async Task<GatewayAnswer> PostAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        using var total = new CancellationTokenSource(_options.CallTimeout, _time);
        using var idle = new CancellationTokenSource(_options.IdleTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, total.Token, idle.Token);
        try
        {
            using var request = Request(body);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token).ConfigureAwait(false);
            var content = await ReadAsync(response.Content, idle, linked.Token).ConfigureAwait(false);
            return content is null
                ? Fail(GatewayFailure.Final, $"the answer is larger than {_options.LargestReply} bytes")
                : new GatewayAnswer((int)response.StatusCode, content.Value, RetryAfterOf(response), response.Headers.Location?.ToString());
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return total.IsCancellationRequested || idle.IsCancellationRequested
                ? Fail(GatewayFailure.TimedOut, total.IsCancellationRequested
                    ? $"the call took longer than {_options.CallTimeout.TotalSeconds:0} s"
                    : $"nothing came for {_options.IdleTimeout.TotalSeconds:0} s")
                : Fail(GatewayFailure.Broken, $"no connection within {_options.ConnectTimeout.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Fail(e);
        }
    }

    public void Dispose() => _client.Dispose();

    private HttpRequestMessage Request(ReadOnlyMemory<byte> body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _options.CompletionsUri)
        {
            Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("sonde", null));
        if (_options.Key is { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return request;
    }

    // Null when there is more than the bound.
    private async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContent content, CancellationTokenSource idle, CancellationToken cancellation)
    {
        var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        var whole = new ArrayBufferWriter<byte>();
        while (true)
        {
            idle.CancelAfter(_options.IdleTimeout);
            var read = await stream.ReadAsync(whole.GetMemory(16 << 10), cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                return whole.WrittenMemory;
            }

            whole.Advance(read);
            if (whole.WrittenCount > _options.LargestReply)
            {
                return null;
            }
        }
    }

    // RFC 6761: localhost is the loopback whatever the host's files say; an image from scratch has none.
    private static async ValueTask<Stream> ConnectToLocalhostAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        try
        {
            return await ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), cancellation).ConfigureAwait(false);
        }
        catch (SocketException) when (Socket.OSSupportsIPv6)
        {
            return await ConnectAsync(new IPEndPoint(IPAddress.IPv6Loopback, context.DnsEndPoint.Port), cancellation).ConfigureAwait(false);
        }
    }

    private static async Task<NetworkStream> ConnectAsync(IPEndPoint address, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _time.GetUtcNow() is { Ticks: > 0 } wait ? wait : TimeSpan.Zero,
        _ => null,
    };

    private bool AcceptCertificate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _certificateFault = RemoteCertificate.Fault(_options.Endpoint.Host, certificate, chain, errors);
        return errors == SslPolicyErrors.None;
    }

    private GatewayAnswer Fail(Exception e) => e switch
    {
        { InnerException: AuthenticationException tls } => Fail(GatewayFailure.Final, _certificateFault ?? $"no TLS connection: {(tls.InnerException ?? tls).Message}"),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: { } tls } => Fail(GatewayFailure.Broken, $"no TLS connection: {tls.Message}"),
        _ => Fail(GatewayFailure.Broken, e.Message),
    };

    private static GatewayAnswer Fail(GatewayFailure kind, string failure) => new(0, default, Failure: failure, Kind: kind);
}
