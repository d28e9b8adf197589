namespace Sonde.Dialogue;

/// <summary>Where the language model is and how patient to be with it.</summary>
internal sealed record GatewayOptions
{
    /// <summary>Serves once a model is named and no endpoint is.</summary>
    public const string DefaultEndpoint = "http://localhost:3000/openai/v1";

    /// <summary>The beginning of the names of models whose system prompt lives in a TensorZero gateway.</summary>
    public const string TensorZeroPrefix = "tensorzero::";

    /// <summary>Base address; <c>/chat/completions</c> is added to its path.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>As the gateway knows it.</summary>
    public required string Model { get; init; }

    /// <summary>Sent as a Bearer token; null for none. Never printed.</summary>
    public string? Key { get; init; }

    /// <summary>Time to connect, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest silence: until the answer begins, and between its parts. A model that thinks is silent for minutes.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest single call.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Calls made for one question before the model counts as gone.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Longest single wait between attempts; a gateway that asks for more counts as gone.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Largest answer, bytes.</summary>
    public int LargestReply { get; init; } = 4 << 20;

    /// <summary>Whether the system prompt and the episode live in the gateway.</summary>
    public bool IsTensorZero => Model.StartsWith(TensorZeroPrefix, StringComparison.Ordinal);

    /// <summary>Where calls go, a query in the endpoint kept.</summary>
    public Uri CompletionsUri
    {
        get
        {
            const string Path = "/chat/completions";
            var builder = new UriBuilder(Endpoint);
            var given = builder.Path.TrimEnd('/');
            builder.Path = given.EndsWith(Path, StringComparison.Ordinal) ? given : given + Path;
            return builder.Uri;
        }
    }

    /// <summary>Without the key: options end up in logs.</summary>
    public override string ToString() => $"{Model} at {Endpoint}";
}
