namespace Sonde.Dialogue;

/// <summary>Who answers in a diagnosis: a gateway, the built-in playbooks (<see cref="Gateway"/> is null), or nobody because of <see cref="Error"/>.</summary>
/// <param name="Gateway">The gateway to ask, or null.</param>
/// <param name="Error">Why the settings can't be used, for people; null when they can.</param>
/// <param name="Warning">What is usable but unwise, or null.</param>
internal sealed record GatewayChoice(GatewayOptions? Gateway, string? Error = null, string? Warning = null)
{
    /// <summary>Names the playbooks on purpose, whatever the environment says.</summary>
    public const string BuiltIn = "builtin";

    private static readonly GatewayChoice PlaybooksAnswer = new(Gateway: null);

    /// <summary>Whether the playbooks take the model's place.</summary>
    public bool IsBuiltIn => Gateway is null && Error is null;

    /// <summary>
    /// The command line wins over <c>NANNYAPI_*</c>, which wins over <c>OPENAI_*</c>. With neither endpoint nor model named the playbooks answer;
    /// a model alone is looked for at <see cref="GatewayOptions.DefaultEndpoint"/>.
    /// </summary>
    /// <param name="endpoint"><c>--endpoint</c>, or null.</param>
    /// <param name="model"><c>--model</c>, or null.</param>
    /// <param name="environment">Looks a variable up; an empty one counts as unset.</param>
    public static GatewayChoice Resolve(string? endpoint, string? model, Func<string, string?> environment)
    {
        var (modelName, _) = First(("--model", model), Variable("NANNYAPI_MODEL"), Variable("OPENAI_MODEL"));
        if (modelName == BuiltIn)
        {
            return PlaybooksAnswer;
        }

        var (address, addressSource) = First(("--endpoint", endpoint), Variable("NANNYAPI_ENDPOINT"), Variable("OPENAI_BASE_URL"));
        var (key, keySource) = First(Variable("NANNYAPI_KEY"), Variable("OPENAI_API_KEY"));

        if (modelName is null)
        {
            return address is null
                ? PlaybooksAnswer
                : Fault($"{addressSource} names a gateway, but no model is named: set NANNYAPI_MODEL or --model, or --model {BuiltIn} for the built-in playbooks.");
        }

        if (!Uri.TryCreate(address ?? GatewayOptions.DefaultEndpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            return Fault($"{addressSource} is no http or https address: \"{address}\". It looks like {GatewayOptions.DefaultEndpoint}.");
        }

        if (uri.UserInfo.Length > 0)
        {
            return Fault($"{addressSource} carries a user name or password; put the key into NANNYAPI_KEY instead.");
        }

        if (key?.All(static c => c is > ' ' and <= '~') == false)
        {
            return Fault($"{keySource} holds a space, line break or other character that no key has; it is not shown here.");
        }

        return new GatewayChoice(
            new GatewayOptions { Endpoint = uri, Model = modelName, Key = key },
            Warning: key is not null && uri is { Scheme: "http", IsLoopback: false }
                ? $"The key travels to {uri.Host} unencrypted: use https."
                : null);

        (string Name, string? Value) Variable(string name) => (name, environment(name));
    }

    private static GatewayChoice Fault(string error) => new(Gateway: null, error);

    private static (string? Value, string? Name) First(params ReadOnlySpan<(string Name, string? Value)> sources)
    {
        foreach (var (name, value) in sources)
        {
            if (!string.IsNullOrWhiteSpace(value))
            {
                return (value.Trim(), name);
            }
        }

        return default;
    }
}
