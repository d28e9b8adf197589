using Sonde.Dialogue;

namespace Sonde.Tests.Dialogue;

public sealed class TrustedCertificatesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("sonde-certs-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("/etc/ssl/certs/ca-certificates.crt")]
    [InlineData("/etc/pki/tls/certs/ca-bundle.crt")]
    [InlineData("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem")]
    [InlineData("/etc/ssl/ca-bundle.pem")]
    [InlineData("/etc/ssl/cert.pem")]
    public void The_bundle_of_each_distribution_is_found(string bundle)
    {
        Put(bundle);

        Assert.Equal(("SSL_CERT_FILE", bundle), TrustedCertificates.Missing(_root, static _ => null));
    }

    [Fact]
    public void A_folder_of_hashed_certificates_serves_where_there_is_no_bundle()
    {
        Put("/etc/ssl/certs/4f316efb.0");

        Assert.Equal(("SSL_CERT_DIR", "/etc/ssl/certs"), TrustedCertificates.Missing(_root, static _ => null));
    }

    [Fact]
    public void Nothing_is_set_where_the_default_place_serves()
    {
        Put("/usr/lib/ssl/cert.pem");
        Put("/etc/pki/tls/certs/ca-bundle.crt");

        Assert.Null(TrustedCertificates.Missing(_root, static _ => null));
    }

    [Theory]
    [InlineData("SSL_CERT_FILE")]
    [InlineData("SSL_CERT_DIR")]
    public void What_a_person_set_stays(string variable)
    {
        Put("/etc/ssl/ca-bundle.pem");

        Assert.Null(TrustedCertificates.Missing(_root, name => name == variable ? "/mine" : null));
    }

    [Fact]
    public void Nothing_is_set_where_there_are_no_certificates() => Assert.Null(TrustedCertificates.Missing(_root, static _ => null));

    private void Put(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        File.WriteAllText(_root + path, "");
    }
}
