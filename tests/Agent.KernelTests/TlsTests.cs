using System.Text.Json.Nodes;
using Sonde.Tests.Dialogue;

namespace Sonde.Tests;

/// <summary>The published binary speaks to a gateway from root folders as images and distributions lay them out.</summary>
public sealed class TlsTests : IDisposable
{
    private const string DebianBundle = "/etc/ssl/certs/ca-certificates.crt";
    private const string RedHatBundle = "/etc/pki/tls/certs/ca-bundle.crt";
    private const string Resolved = """{"response_type":"resolution","root_cause":"none","resolution_plan":"none","confidence":"High"}""";

    private readonly CertificateAuthority _authority = new("Sonde Test CA");
    private readonly RootFolder? _root;

    public TlsTests()
    {
        Assert.SkipWhen(PublishedBinary.Path is null, "dist/sonde is not built: run ./build.sh");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "chroot needs root");
        _root = new RootFolder();
    }

    private RootFolder Root => _root!;

    public void Dispose()
    {
        _root?.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [InlineData(DebianBundle)]
    [InlineData(RedHatBundle)]
    [InlineData("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem")]
    [InlineData("/etc/ssl/ca-bundle.pem")]
    [InlineData("/etc/ssl/cert.pem")]
    public async Task A_gateway_is_trusted_by_the_bundle_of_each_distribution(string bundle)
    {
        using var other = new CertificateAuthority("Another CA");
        Root.PutDevices().Put(bundle, other.Pem + _authority.Pem);

        await AnswersAsync("localhost");
    }

    [Fact]
    public async Task The_bundle_that_a_person_names_goes_before_the_hosts_own()
    {
        using var other = new CertificateAuthority("Another CA");
        Root.PutDevices().Put(DebianBundle, other.Pem).Put("/mine.pem", _authority.Pem).Environment["SSL_CERT_FILE"] = "/mine.pem";

        await AnswersAsync("localhost");
    }

    [Fact]
    public async Task Without_any_bundle_the_certificate_and_its_signer_are_named_and_what_is_missing()
    {
        Root.PutDevices();

        var detail = await RefusesAsync("localhost");

        Assert.Contains("\"CN=localhost\", signed by \"CN=Sonde Test CA\", is not trusted", detail, StringComparison.Ordinal);
        Assert.Contains("no CA certificates", detail, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_a_CA_that_is_not_in_the_bundle_is_refused_by_name()
    {
        using var other = new CertificateAuthority("Another CA");
        Root.PutDevices().Put(DebianBundle, other.Pem);

        var detail = await RefusesAsync("localhost");

        Assert.Contains("signed by \"CN=Sonde Test CA\", is not trusted", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("no CA certificates", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bundle_that_a_person_names_and_that_is_not_there_is_said_so()
    {
        Root.PutDevices().Put(RedHatBundle, _authority.Pem).Environment["SSL_CERT_FILE"] = "/mine.pem";

        Assert.Contains("SSL_CERT_FILE names /mine.pem, which is not there", await RefusesAsync("localhost"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trusted_certificate_for_another_host_is_refused_with_both_names()
    {
        Root.PutDevices().Put(DebianBundle, _authority.Pem);

        Assert.Contains("\"CN=gateway.example\" is for gateway.example, not for localhost", await RefusesAsync("gateway.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_certificate_is_refused_with_its_dates()
    {
        Root.PutDevices().Put(DebianBundle, _authority.Pem);

        Assert.Contains("is valid only from ", await RefusesAsync("localhost", daysLeft: -1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_source_of_randomness_the_missing_device_is_named()
    {
        Root.Put(DebianBundle, _authority.Pem);

        Assert.Contains("/dev/urandom", await RefusesAsync("localhost"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_resolved_from_the_hosts_file_whatever_services_nsswitch_names()
    {
        Root.PutDevices()
            .Put("/etc/nsswitch.conf", "passwd: files systemd\ngroup: files systemd\nhosts: files resolve [!UNAVAIL=return] dns myhostname\n")
            .Put("/etc/hosts", "127.0.0.1 gateway.example\n");
        await using var server = new ContractServer(GatewayKind.OpenAi, key: null, Turn.Reply(Resolved));

        var (status, detail) = await CheckAsync(new UriBuilder(server.Endpoint) { Host = "gateway.example" }.Uri);

        Assert.Empty(server.Violations);
        Assert.True(status == "ok", detail);
        Assert.Single(server.Requests);
    }

    private async Task AnswersAsync(string host)
    {
        using var certificate = _authority.Sign(host);
        await using var server = new ContractServer(GatewayKind.OpenAi, key: null, Turn.Reply(Resolved)) { Certificate = certificate };

        var (status, detail) = await CheckAsync(server.Endpoint);

        Assert.Empty(server.Violations);
        Assert.True(status == "ok", detail);
        Assert.Single(server.Requests);
    }

    private async Task<string> RefusesAsync(string host, int daysLeft = 10)
    {
        using var certificate = _authority.Sign(host, daysLeft);
        await using var server = new ContractServer(GatewayKind.OpenAi, key: null, Turn.Reply(Resolved)) { Certificate = certificate };

        var (status, detail) = await CheckAsync(server.Endpoint);

        Assert.Equal("failed", status);
        Assert.Empty(server.Requests);
        return detail;
    }

    // The check's own call to the model; what else it finds out of a root folder without /proc and /sys is not asked here.
    private async Task<(string? Status, string Detail)> CheckAsync(Uri endpoint)
    {
        var run = await Root.RunAsync("check", "--json", "--endpoint", endpoint.ToString(), "--model", "some-model");

        Assert.True(run.ExitCode is 0 or 1, $"exit code {run.ExitCode}: {run.Stderr}");
        var model = JsonNode.Parse(run.Stdout)!["checks"]!.AsArray().Single(static check => (string?)check!["name"] == "model")!;
        return ((string?)model["status"], (string)model["detail"]!);
    }
}
