using Sonde.Dialogue;

namespace Sonde.Tests.Dialogue;

public sealed class GatewayChoiceTests
{
    [Fact]
    public void With_neither_endpoint_nor_model_the_playbooks_answer() =>
        Assert.True(Resolve(null, null, ("NANNYAPI_MODEL", ""), ("OPENAI_API_KEY", "sk-1")).IsBuiltIn);

    [Fact]
    public void A_model_alone_is_looked_for_at_the_default_endpoint() =>
        Assert.Equal("http://localhost:3000/openai/v1/chat/completions", Resolve(null, "gpt-test").Gateway!.CompletionsUri.ToString());

    [Fact]
    public void An_endpoint_alone_is_an_error_that_names_what_is_missing() =>
        Assert.Contains("NANNYAPI_MODEL", Resolve(null, null, ("NANNYAPI_ENDPOINT", "http://localhost:3000/openai/v1")).Error, StringComparison.Ordinal);

    [Fact]
    public void The_command_line_wins_over_NANNYAPI_which_wins_over_OPENAI()
    {
        (string, string)[] environment =
        [
            ("NANNYAPI_ENDPOINT", "https://nanny/v1"), ("NANNYAPI_MODEL", "nanny"), ("NANNYAPI_KEY", "nanny-key"),
            ("OPENAI_BASE_URL", "https://open/v1"), ("OPENAI_MODEL", "open"), ("OPENAI_API_KEY", "open-key"),
        ];

        Assert.Equal(("https://given/v1", "given"), Of(Resolve("https://given/v1", "given", environment)));
        Assert.Equal(("https://nanny/v1", "nanny"), Of(Resolve(null, null, environment)));
        Assert.Equal(("https://open/v1", "open"), Of(Resolve(null, null, environment[3..])));
        Assert.Equal("nanny-key", Resolve(null, null, environment).Gateway!.Key);
        Assert.Equal("open-key", Resolve(null, null, environment[3..]).Gateway!.Key);

        static (string, string) Of(GatewayChoice choice) => (choice.Gateway!.Endpoint.ToString(), choice.Gateway.Model);
    }

    [Fact]
    public void The_playbooks_can_be_asked_for_by_name() =>
        Assert.True(Resolve(null, "builtin", ("NANNYAPI_ENDPOINT", "http://localhost:3000/openai/v1"), ("NANNYAPI_MODEL", "gpt-test")).IsBuiltIn);

    [Theory]
    [InlineData("localhost:3000")]
    [InlineData("ftp://gateway/v1")]
    [InlineData("http://user:secret@gateway/v1")]
    public void An_endpoint_that_cannot_serve_is_an_error_without_its_secrets(string endpoint)
    {
        var choice = Resolve(endpoint, "gpt-test");

        Assert.Null(choice.Gateway);
        Assert.Contains("--endpoint", choice.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", choice.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_with_a_line_break_is_an_error_that_does_not_show_it()
    {
        var choice = Resolve(null, "gpt-test", ("NANNYAPI_KEY", "sk-1\nsk-2"));

        Assert.Contains("NANNYAPI_KEY", choice.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-", choice.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_over_plain_http_is_warned_about_unless_it_stays_on_this_host()
    {
        Assert.Contains("unencrypted", Resolve("http://gateway/v1", "m", ("NANNYAPI_KEY", "k")).Warning, StringComparison.Ordinal);
        Assert.Null(Resolve("http://localhost:3000/v1", "m", ("NANNYAPI_KEY", "k")).Warning);
        Assert.Null(Resolve("https://gateway/v1", "m", ("NANNYAPI_KEY", "k")).Warning);
    }

    [Theory]
    [InlineData("http://gateway/v1/", "http://gateway/v1/chat/completions")]
    [InlineData("http://gateway/v1/chat/completions", "http://gateway/v1/chat/completions")]
    [InlineData("http://gateway/v1?api-version=2", "http://gateway/v1/chat/completions?api-version=2")]
    public void Endpoints_are_taken_in_every_common_form(string endpoint, string called) =>
        Assert.Equal(called, Resolve(endpoint, "m").Gateway!.CompletionsUri.ToString());

    private static GatewayChoice Resolve(string? endpoint, string? model, params (string Name, string Value)[] environment) =>
        GatewayChoice.Resolve(endpoint, model, name => Array.Find(environment, e => e.Name == name).Value);
}
