using Sonde.Dialogue;

namespace Sonde.Tests.Dialogue;

public sealed class GatewayModelTests
{
    private const string TensorZeroModel = "tensorzero::function_name::diagnose_and_heal";
    private const string Key = "sk-test-4711-abcdef";
    private static readonly ChatMessage Issue = new(ChatRole.User, """{"issue":"slow"}""");

    private readonly TestClock _clock = new();
    private readonly List<string> _retries = [];

    [Fact]
    public async Task TensorZero_gets_no_system_message_and_the_first_replys_episode_on_every_later_call()
    {
        await using var server = new ContractServer(GatewayKind.TensorZero, Key, Turn.Reply("one"), Turn.Error(500, "once"), Turn.Reply("two"), Turn.Reply("three"));
        using var model = Model(server, TensorZeroModel);
        List<ChatMessage> history = [Issue];

        foreach (var expected in (string[])["one", "two", "three"])
        {
            var reply = await model.AskAsync(history, Cancellation);
            Assert.Equal(expected, reply.Content);
            history.Add(new ChatMessage(ChatRole.Assistant, reply.Content));
            history.Add(new ChatMessage(ChatRole.User, """{"round":1}"""));
        }

        Assert.Empty(server.Violations);
        Assert.Equal("web-1", (string?)server.Requests[0].Body!["tensorzero::tags"]!["host"]);
        Assert.Equal("session-1", (string?)server.Requests[0].Body!["tensorzero::tags"]!["session"]);
    }

    [Fact]
    public async Task The_next_diagnosis_begins_without_an_episode()
    {
        await using var first = new ContractServer(GatewayKind.TensorZero, Key, Turn.Reply("one"));
        await using var second = new ContractServer(GatewayKind.TensorZero, Key, Turn.Reply("two"));
        using var one = Model(first, TensorZeroModel);
        using var two = Model(second, TensorZeroModel);

        await one.AskAsync([Issue], Cancellation);
        await two.AskAsync([Issue], Cancellation);

        Assert.Empty(second.Violations);
    }

    [Fact]
    public async Task Any_other_model_gets_the_system_prompt_and_is_asked_for_JSON()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Reply("one", tokens: 321));
        using var model = Model(server);

        var reply = await model.AskAsync([Issue], Cancellation);

        Assert.Empty(server.Violations);
        Assert.Equal(new ModelReply("one", 321), reply);
        Assert.Equal(("system", "Answer in JSON."), server.Requests[0].Messages[0]);
        Assert.Equal("""{"type":"json_object"}""", server.Requests[0].Body!["response_format"]!.ToJsonString());
    }

    [Fact]
    public async Task A_server_that_refuses_response_format_is_asked_without_it_from_then_on()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, null, Turn.RefuseResponseFormat(), Turn.Reply("one"), Turn.Reply("two"));
        using var model = Model(server, key: null);

        await model.AskAsync([Issue], Cancellation);
        await model.AskAsync([Issue, new ChatMessage(ChatRole.Assistant, "one"), Issue], Cancellation);

        Assert.Empty(server.Violations);
        Assert.Equal([true, false, false], server.Requests.Select(static r => r.Body!.ContainsKey("response_format")));
        Assert.Empty(_retries);
    }

    [Fact]
    public async Task Retry_After_is_kept()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Error(429, "slow down", "Retry-After: 7"), Turn.Reply("one"));
        using var model = Model(server);

        await model.AskAsync([Issue], Cancellation);

        Assert.Contains(TimeSpan.FromSeconds(7), _clock.Waits);
        Assert.Contains("429", Assert.Single(_retries), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_asks_for_an_hour_counts_as_gone()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Error(429, "quota used up", "Retry-After: 3600"));
        using var model = Model(server);

        var gone = await Gone(model);

        Assert.Contains("3600 s", gone, StringComparison.Ordinal);
        Assert.Contains("quota used up", gone, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Passing_troubles_are_tried_again_with_growing_waits(int status)
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Error(status, "a"), Turn.Error(status, "b"), Turn.Error(status, "c"), Turn.Reply("at last"));
        using var model = Model(server);

        Assert.Equal("at last", (await model.AskAsync([Issue], Cancellation)).Content);

        Assert.Equal(3, _clock.Waits.Count);
        Assert.True(_clock.Waits[0] < _clock.Waits[1] && _clock.Waits[1] < _clock.Waits[2], string.Join(", ", _clock.Waits));
    }

    [Fact]
    public async Task Attempts_end_and_the_last_error_is_shown()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Enumerable.Range(1, 5).Select(static n => Turn.Status(502, $$"""{"error":"upstream {{n}}"}""")));
        using var model = Model(server);

        var gone = await Gone(model);

        Assert.Contains("in 5 attempts", gone, StringComparison.Ordinal);
        Assert.Contains("upstream 5", gone, StringComparison.Ordinal);
        Assert.Equal(0, server.TurnsLeft);
    }

    [Theory]
    [InlineData(401, """{"error":"no such key"}""", "no such key")]
    [InlineData(404, """{"error":{"message":"unknown function"}}""", "unknown function")]
    [InlineData(413, "plain words", "plain words")]
    [InlineData(422, """{"error":{"code":7}}""", "\"code\":7")]
    public async Task Other_refusals_are_final_and_shown_in_every_shape(int status, string body, string shown)
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Status(status, body));
        using var model = Model(server);

        var gone = await Gone(model);

        Assert.Contains(shown, gone, StringComparison.Ordinal);
        Assert.Contains($"HTTP {status}", gone, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Broken_connections_are_tried_again()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Reset(), Turn.BreakOff(), Turn.BreakOffUnannounced(), Turn.Reply("whole"));
        using var model = Model(server);

        Assert.Equal("whole", (await model.AskAsync([Issue], Cancellation)).Content);
    }

    [Fact]
    public async Task Silence_is_tried_once_more_and_then_counts_as_gone()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Hang(), Turn.Hang());
        using var model = Model(server);

        var asking = Gone(model);
        await server.Arrival(1);
        _clock.Advance(TimeSpan.FromMinutes(5));
        await server.Arrival(2);
        _clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Contains("nothing came for 300 s", await asking, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interruption_ends_a_call_at_once()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Hang());
        using var model = Model(server);
        using var stop = new CancellationTokenSource();

        var asking = model.AskAsync([Issue], stop.Token);
        await server.Arrival(1);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task Null_content_is_an_empty_reply()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Reply((string?)null));
        using var model = Model(server);

        Assert.Equal("", (await model.AskAsync([Issue], Cancellation)).Content);
    }

    [Fact]
    public async Task A_body_beyond_the_bound_is_refused()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Huge(5 << 20));
        using var model = Model(server);

        Assert.Contains("larger than", await Gone(model), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html>It works!</html>", "no JSON")]
    [InlineData("[]", "no chat completion")]
    [InlineData("""{"object":"list"}""", "no choices[0].message")]
    [InlineData("""{"error":{"message":"quota"}}""", "quota")]
    public async Task An_answer_that_is_no_completion_is_named(string body, string shown)
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Raw(body));
        using var model = Model(server);

        Assert.Contains(shown, await Gone(model), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_are_not_followed()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Status(307, "", "Location: http://127.0.0.1:1/elsewhere"));
        using var model = Model(server);

        Assert.Contains("redirect to http://127.0.0.1:1/elsewhere", await Gone(model), StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_key_is_shown_nowhere_even_when_the_server_repeats_it()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, Key, Turn.Error(500, $"bad {Key}"), Turn.Error(401, $"Incorrect key {Key} \u001b[31m"));
        using var model = Model(server);

        var gone = await Gone(model);

        Assert.DoesNotContain(Key, gone + string.Concat(_retries), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', gone);
        Assert.DoesNotContain(Key, Options(server, "gpt-test", Key).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Localhost_is_the_loopback()
    {
        await using var server = new ContractServer(GatewayKind.OpenAi, null, Turn.Reply("one"));
        var endpoint = new UriBuilder(server.Endpoint) { Host = "localhost" }.Uri;
        using var model = new GatewayModel(new GatewayOptions { Endpoint = endpoint, Model = "gpt-test" }, "Answer in JSON.", "web-1", "session-1", _clock);

        Assert.Equal("one", (await model.AskAsync([Issue], Cancellation)).Content);
    }

    [Fact]
    public async Task A_gateway_that_is_not_there_is_named_with_what_to_do()
    {
        Uri endpoint;
        await using (var server = new ContractServer(GatewayKind.OpenAi, Key))
        {
            endpoint = server.Endpoint;
        }

        using var model = new GatewayModel(new GatewayOptions { Endpoint = endpoint, Model = "gpt-test" }, "Answer in JSON.", "web-1", "session-1", _clock);
        var gone = await Gone(model);

        Assert.Contains(endpoint.ToString(), gone, StringComparison.Ordinal);
        Assert.Contains("refused", gone, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("NANNYAPI_ENDPOINT", gone, StringComparison.Ordinal);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private GatewayModel Model(ContractServer server, string model = "gpt-test", string? key = Key) =>
        new(Options(server, model, key), "Answer in JSON.", "web-1", "session-1", _clock) { Retrying = _retries.Add };

    private static GatewayOptions Options(ContractServer server, string model, string? key) => new() { Endpoint = server.Endpoint, Model = model, Key = key };

    private static async Task<string> Gone(GatewayModel model) =>
        (await Assert.ThrowsAsync<ModelUnavailableException>(() => model.AskAsync([Issue], Cancellation))).Message;
}
