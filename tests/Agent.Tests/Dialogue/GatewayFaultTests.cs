using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sonde.Dialogue;

namespace Sonde.Tests.Dialogue;

/// <summary>A gateway that fails in every phase of a call: attempts and time stay bounded, each is told, the key goes nowhere, and nothing that was said is lost.</summary>
public sealed class GatewayFaultTests
{
    private const string Key = "sk-test-4711-abcdef";
    private static readonly ChatMessage Issue = new(ChatRole.User, """{"issue":"slow"}""");

    private readonly TestClock _clock = new();
    private readonly List<string> _retries = [];
    private readonly List<GatewayCall> _calls = [];

    [Theory]
    [InlineData(0)]
    [InlineData(45)]
    [InlineData(-300)]
    public async Task Retry_After_as_a_date_is_kept(int seconds)
    {
        var date = (_clock.GetUtcNow() + TimeSpan.FromSeconds(seconds)).ToString("R", CultureInfo.InvariantCulture);
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Error(429, "slow down", $"Retry-After: {date}"), Turn.Reply("one"));
        using var model = Model(server.Endpoint);

        Assert.Equal("one", (await model.AskAsync([Issue], Cancellation)).Content);

        // A date that is past is now.
        Assert.Equal(Math.Max(0, seconds), _clock.Waits.Sum(static w => w.TotalSeconds), tolerance: 1);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-5")]
    [InlineData("")]
    [InlineData("99999999999999999999")]
    public async Task A_Retry_After_that_says_nothing_leaves_the_back_off(string value)
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Error(503, "later", $"Retry-After: {value}"), Turn.Reply("one"));
        using var model = Model(server.Endpoint);

        Assert.Equal("one", (await model.AskAsync([Issue], Cancellation)).Content);
    }

    [Fact]
    public async Task Silence_in_the_middle_of_an_answer_ends_the_call_and_is_tried_once_more()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.HangMidway(), Turn.Reply("one"));
        using var model = Model(server.Endpoint);

        var asking = model.AskAsync([Issue], Cancellation);
        await server.Arrival(1);
        _clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("one", (await asking).Content);
        Assert.Contains("nothing came for 300 s", Assert.Single(_retries), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_drips_for_ever_is_bounded_by_the_length_of_a_call()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Drip(), Turn.Drip());
        using var model = Model(server.Endpoint, static o => o with { CallTimeout = TimeSpan.FromMinutes(3) });

        var asking = Gone(model);
        await server.Arrival(1);
        _clock.Advance(TimeSpan.FromMinutes(3));
        await server.Arrival(2);
        _clock.Advance(TimeSpan.FromMinutes(3));

        Assert.Contains("the call took longer than 180 s", await asking, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_ten_megabytes_no_more_is_read_than_the_bound_and_it_is_not_asked_for_again()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Huge(10 << 20));
        using var model = Model(server.Endpoint);

        Assert.Contains("larger than", await Gone(model), StringComparison.Ordinal);

        Assert.Single(server.Requests);
        Assert.Equal(0, Assert.Single(_calls).ReceivedBytes);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("text/html; charset=utf-8")]
    [InlineData("application/octet-stream")]
    public async Task The_content_decides_and_not_its_type(string type)
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Typed(type, "one"));
        using var model = Model(server.Endpoint);

        Assert.Equal("one", (await model.AskAsync([Issue], Cancellation)).Content);
    }

    [Theory]
    [InlineData(301, "http://127.0.0.1:1/elsewhere")]
    [InlineData(302, "/elsewhere")]
    [InlineData(303, "https://127.0.0.1:1/elsewhere")]
    [InlineData(308, "http://127.0.0.1:1/elsewhere")]
    public async Task No_redirect_is_followed_wherever_it_leads(int status, string location)
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Status(status, "", $"Location: {location}"));
        using var model = Model(server.Endpoint);

        Assert.Contains($"a redirect to {location}, which is not followed", await Gone(model), StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_server_that_speaks_no_TLS_gets_no_request_of_an_https_endpoint()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Reply("one"));
        var endpoint = new UriBuilder(server.Endpoint) { Scheme = "https" }.Uri;
        using var model = Model(endpoint, static o => o with { ConnectTimeout = TimeSpan.FromMilliseconds(200) });

        var gone = await Gone(model);

        Assert.Contains(endpoint.ToString(), gone, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Silence_in_the_handshake_is_bounded_and_each_attempt_is_told()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var endpoint = new Uri($"https://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/v1");
        using var model = Model(endpoint, static o => o with { ConnectTimeout = TimeSpan.FromMilliseconds(50), MaxAttempts = 3 });

        var gone = await Gone(model);

        Assert.Contains("in 3 attempts: no connection within", gone, StringComparison.Ordinal);
        Assert.Equal(2, _retries.Count);
        Assert.Equal(3, _calls.Count);
        Assert.All(_calls, static c => Assert.Equal((0, true), (c.Status, c.Failure!.Contains("no connection", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Every_attempt_is_told_with_its_sizes_and_the_history_is_whole_in_each()
    {
        await using var server = new ContractServer(GatewayKind.TensorZero, Key, Turn.Reply("one"), Turn.Error(500, "oops"), Turn.Reset(), Turn.BreakOff(), Turn.Reply("two"));
        using var model = Model(server.Endpoint, static o => o with { Model = "tensorzero::function_name::diagnose_and_heal" });

        await model.AskAsync([Issue], Cancellation);
        ChatMessage[] history = [Issue, new(ChatRole.Assistant, "one"), new(ChatRole.User, """{"round":1}""")];
        Assert.Equal("two", (await model.AskAsync(history, Cancellation)).Content);

        Assert.Empty(server.Violations);
        Assert.Equal([200, 500, 0, 0, 200], _calls.Select(static c => c.Status));
        Assert.All(server.Requests.Skip(1), static r => Assert.Equal(3, r.Messages.Count));
        Assert.Equal(server.Requests.Select(static r => (long)System.Text.Encoding.UTF8.GetByteCount(r.Text)), _calls.Select(static c => c.SentBytes));
        Assert.Equal(3, _retries.Count);
    }

    [Fact]
    public async Task What_is_shown_as_sent_is_what_the_server_gets()
    {
        List<byte[]> shown = [];
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Error(500, "once"), Turn.Reply("one"));
        using var model = new GatewayModel(new GatewayOptions { Endpoint = server.Endpoint, Model = "gpt-test", Key = Key }, "Answer in JSON.", "web-1", "s", _clock)
        {
            Sending = (_, body) => shown.Add(body.ToArray()),
        };

        await model.AskAsync([Issue], Cancellation);

        Assert.Equal(server.Requests.Select(static r => r.Text), shown.Select(System.Text.Encoding.UTF8.GetString));
        Assert.DoesNotContain(Key, string.Concat(shown.Select(System.Text.Encoding.UTF8.GetString)), StringComparison.Ordinal);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private GatewayModel Model(Uri endpoint, Func<GatewayOptions, GatewayOptions>? with = null)
    {
        var options = new GatewayOptions { Endpoint = endpoint, Model = "gpt-test", Key = Key };
        return new GatewayModel(with?.Invoke(options) ?? options, "Answer in JSON.", "web-1", "session-1", _clock) { Retrying = _retries.Add, Called = _calls.Add };
    }

    private static async Task<string> Gone(GatewayModel model) =>
        (await Assert.ThrowsAsync<ModelUnavailableException>(() => model.AskAsync([Issue], Cancellation))).Message;
}
