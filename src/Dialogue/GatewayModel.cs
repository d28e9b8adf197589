using Sonde.Protocol;

namespace Sonde.Dialogue;

/// <summary>A language model behind an OpenAI-compatible gateway, for one diagnosis: it holds the episode.</summary>
internal sealed class GatewayModel : IModel, IDisposable
{
    private const int LongestErrorShown = 600;

    private readonly GatewayOptions _options;
    private readonly string _systemPrompt;
    private readonly IReadOnlyDictionary<string, string> _tags;
    private readonly TimeProvider _time;
    private readonly GatewayTransport _transport;
    private string? _episode;
    private bool _askForJson = true;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="systemPrompt">For models whose prompt is not in the gateway.</param>
    /// <param name="host">Tag of the gateway's records.</param>
    /// <param name="session">Likewise.</param>
    /// <param name="time">The clock of time-outs and waits.</param>
    public GatewayModel(GatewayOptions options, string systemPrompt, string host, string session, TimeProvider? time = null)
    {
        _options = options;
        _systemPrompt = systemPrompt;
        _tags = new Dictionary<string, string> { ["host"] = host, ["session"] = session };
        _time = time ?? TimeProvider.System;
        _transport = new GatewayTransport(options, _time);
    }

    /// <inheritdoc/>
    public string Name => _options.Model;

    /// <summary>Told before each further attempt, for progress.</summary>
    public Action<string>? Retrying { get; init; }

    /// <summary>Shown each request's address and body, byte for byte, before it is sent.</summary>
    public Action<Uri, ReadOnlyMemory<byte>>? Sending { get; init; }

    /// <inheritdoc/>
    public Action<GatewayCall>? Called { get; set; }

    /// <inheritdoc/>
    public async Task<ModelReply> AskAsync(IReadOnlyList<ChatMessage> history, CancellationToken cancellation)
    {
        if (_options.Endpoint.Scheme == "https" && !File.Exists("/dev/urandom"))
        {
            throw Gone("TLS needs /dev/urandom, which is missing here: mount a /dev that has it.");
        }

        for (int attempt = 1, timeouts = 0; ;)
        {
            var answer = CheckWhole(await CallAsync(Body(history), cancellation).ConfigureAwait(false));
            if (answer is { Status: 400 } && _askForJson && !_options.IsTensorZero)
            {
                _askForJson = false;
                continue;
            }

            if (answer.Status is >= 200 and < 300)
            {
                return Accept(answer);
            }

            timeouts += answer.Kind == GatewayFailure.TimedOut ? 1 : 0;
            if (!IsTransient(answer) || timeouts > 1 || attempt == _options.MaxAttempts)
            {
                throw Gone(Describe(answer, attempt));
            }

            var wait = answer.RetryAfter ?? BackOff(attempt);
            if (wait > _options.LongestWait)
            {
                throw Gone($"{Describe(answer, attempt)} It asks to be left alone for {wait.TotalSeconds:0} s, longer than the {_options.LongestWait.TotalSeconds:0} s that a diagnosis waits.");
            }

            attempt++;
            Retrying?.Invoke($"{WhatHappened(answer)}; attempt {attempt} of {_options.MaxAttempts} in {wait.TotalSeconds:0.0} s");
            await Task.Delay(wait, _time, cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose() => _transport.Dispose();

    private async Task<GatewayAnswer> CallAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        Sending?.Invoke(_options.CompletionsUri, body);
        var begun = _time.GetTimestamp();
        GatewayAnswer? answer = null;
        try
        {
            return answer = await _transport.PostAsync(body, cancellation).ConfigureAwait(false);
        }
        finally
        {
            Called?.Invoke(new GatewayCall(
                answer?.Status ?? 0, body.Length, answer?.Body.Length ?? 0, _time.GetElapsedTime(begun), answer is null ? "interrupted" : answer.Failure is { } failure ? Shown(failure) : null));
        }
    }

    private ReadOnlyMemory<byte> Body(IReadOnlyList<ChatMessage> history) => _options.IsTensorZero
        ? GatewayRequest.ForTensorZero(_options.Model, history, _episode, _tags)
        : GatewayRequest.ForOpenAi(_options.Model, _systemPrompt, history, _askForJson);

    private ModelReply Accept(GatewayAnswer answer)
    {
        if (!GatewayReply.TryRead(answer.Body, out var reply, out var fault))
        {
            throw Gone($"{_options.CompletionsUri} does not speak as an OpenAI-compatible gateway: {Shown(fault)}. Is the endpoint right?");
        }

        _episode ??= _options.IsTensorZero ? reply.Episode : null;
        return new ModelReply(reply.Content, reply.Tokens);
    }

    // A server without Content-Length that dies midway ends its answer like one that is done.
    private static GatewayAnswer CheckWhole(GatewayAnswer answer) => answer.Status is >= 200 and < 300 && GatewayReply.BreaksOff(answer.Body)
        ? answer with { Status = 0, Failure = "the answer broke off", Kind = GatewayFailure.Broken }
        : answer;

    private static bool IsTransient(GatewayAnswer answer) => answer switch
    {
        { Kind: GatewayFailure.Broken or GatewayFailure.TimedOut } => true,
        { Kind: GatewayFailure.None, Status: 408 or 429 or >= 500 } => true,
        _ => false,
    };

    // Full jitter on the upper half: agents on many hosts must not come back in step.
    private static TimeSpan BackOff(int attempt) => TimeSpan.FromSeconds(0.5 * (1 << (attempt - 1)) * (0.5 + (0.5 * Random.Shared.NextDouble())));

    private string WhatHappened(GatewayAnswer answer) => Shown(answer switch
    {
        { Failure: { } failure } => failure,
        { Status: >= 300 and < 400, Location: { } location } => $"HTTP {answer.Status}, a redirect to {location}, which is not followed",
        { Body.IsEmpty: true } => $"HTTP {answer.Status} without a body",
        _ => $"HTTP {answer.Status}: {GatewayReply.ErrorText(answer.Body)}",
    });

    private string Describe(GatewayAnswer answer, int attempts) =>
        $"The gateway at {_options.Endpoint} gave no answer for {Name}{(attempts > 1 ? $" in {attempts} attempts" : "")}: {WhatHappened(answer)}. {Advice(answer)}";

    private static string Advice(GatewayAnswer answer) => answer switch
    {
        { Kind: GatewayFailure.Broken } => "Is it running and reachable from here? NANNYAPI_ENDPOINT or --endpoint names it; with no model named the built-in playbooks answer.",
        { Kind: GatewayFailure.TimedOut } => "Is the model overloaded, or something between here and it holding the connection?",
        { Status: 401 or 403 } => "Check NANNYAPI_KEY (or OPENAI_API_KEY).",
        { Status: 404 } => "Check the endpoint's path and the model's name (NANNYAPI_ENDPOINT, NANNYAPI_MODEL).",
        { Status: >= 300 and < 400 } => "Name the final address as the endpoint.",
        { Status: 408 or 429 or >= 500 } => "The gateway's own log says more.",
        _ => "Check the model's name and the gateway's configuration.",
    };

    // A server may send back what it was sent: the key is never shown. Shorter ones are words of a test set-up, found in any text.
    private string Shown(string text) =>
        PrintableText.Line(_options.Key is { Length: >= 8 } key ? text.Replace(key, "<key>", StringComparison.Ordinal) : text, LongestErrorShown);

    private static ModelUnavailableException Gone(string message) => new(message);
}
