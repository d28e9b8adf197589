using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Sonde.Tests.Dialogue;

/// <summary>
/// Stands in for a gateway on loopback: checks every request against the field rules of its kind and plays a script, wrong turns included.
/// It speaks HTTP/1.1 by hand, so that it can break off, hang and reset as real servers do.
/// </summary>
internal sealed class ContractServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly RequestRules _rules;
    private readonly Queue<Turn> _script;
    private readonly Lock _gate = new();
    private readonly List<RecordedRequest> _requests = [];
    private readonly List<TaskCompletionSource> _arrivals = [];
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    /// <param name="kind">Whose rules hold.</param>
    /// <param name="key">The only key that is let in; null when none may be sent.</param>
    /// <param name="script">One turn a request; a request beyond it is a violation.</param>
    public ContractServer(GatewayKind kind, string? key, params IEnumerable<Turn> script)
    {
        _rules = new RequestRules(kind, key);
        _script = new Queue<Turn>(script);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>With its key; null for a server without TLS.</summary>
    public X509Certificate2? Certificate { get; init; }

    public Uri Endpoint => new($"{(Certificate is null ? "http://127.0.0.1" : "https://localhost")}:{((IPEndPoint)_listener.LocalEndpoint).Port}/openai/v1");

    /// <summary>Every request so far, valid or not.</summary>
    public IReadOnlyList<RecordedRequest> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Every rule that a request broke; each was answered with a 400.</summary>
    public IReadOnlyList<string> Violations => [.. Requests.SelectMany(static (r, i) => r.Violations.Select(v => $"request {i + 1}: {v}"))];

    /// <summary>Turns that no request has called for.</summary>
    public int TurnsLeft
    {
        get
        {
            lock (_gate)
            {
                return _script.Count;
            }
        }
    }

    /// <summary>Completes when the n-th request (from 1) has been read.</summary>
    public Task Arrival(int number)
    {
        lock (_gate)
        {
            return ArrivalOf(number - 1).Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                _connections.Add(ServeAsync(client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            await using var stream = await OpenAsync(client);
            while (await RecordedRequest.ReadAsync(stream, _end.Token) is { } request)
            {
                var turn = Next(request);
                if (turn.Hangs)
                {
                    await Task.Delay(Timeout.Infinite, _end.Token);
                }

                if (turn.Plays is { } play)
                {
                    await play(stream, _end.Token);
                }

                if (turn.Resets)
                {
                    client.LingerState = new LingerOption(enable: true, seconds: 0);
                    return;
                }

                await stream.WriteAsync(turn.Bytes(request, _rules), _end.Token);
                if (turn.Closes)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or AuthenticationException)
        {
            // The other side left or refused the certificate, or the test is over.
        }
    }

    private async Task<Stream> OpenAsync(TcpClient client)
    {
        if (Certificate is null)
        {
            return client.GetStream();
        }

        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(Certificate, additionalCertificates: null, offline: true) },
            _end.Token);
        return tls;
    }

    private Turn Next(RecordedRequest request)
    {
        lock (_gate)
        {
            request.Violations = [.. _rules.Check(request)];
            _requests.Add(request);
            ArrivalOf(_requests.Count - 1).TrySetResult();
            if (request.Violations.Count > 0)
            {
                return Turn.Error(400, string.Join("; ", request.Violations));
            }

            if (_script.TryDequeue(out var turn))
            {
                return turn;
            }

            request.Violations = ["the script has ended, no further request was expected"];
            return Turn.Error(400, "the script has ended");
        }
    }

    private TaskCompletionSource ArrivalOf(int index)
    {
        while (_arrivals.Count <= index)
        {
            _arrivals.Add(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return _arrivals[index];
    }
}
