namespace Sonde.Dialogue;

/// <summary>
/// Finds the host's CA certificates. OpenSSL is linked in statically and looks where Debian keeps them; other distributions keep them elsewhere.
/// </summary>
internal static class TrustedCertificates
{
    // OpenSSL's own default on the machine it was built on: when one of these is there, nothing needs to be set.
    private const string DefaultFile = "/usr/lib/ssl/cert.pem";
    private const string DefaultFolder = "/usr/lib/ssl/certs";

    private static readonly string[] Bundles =
    [
        "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Alpine, Arch, Gentoo
        "/etc/pki/tls/certs/ca-bundle.crt", // Fedora, RHEL, CentOS, Amazon Linux
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // the same, where the compatibility link is gone
        "/etc/ssl/ca-bundle.pem", // SUSE
        "/etc/ssl/cert.pem", // Alpine, OpenWrt
        "/etc/ssl/certs/ca-bundle.crt", // NixOS
        "/var/lib/ca-certificates/ca-bundle.pem", // SUSE, below its link
    ];

    private static readonly string[] Folders = ["/etc/ssl/certs", "/etc/pki/tls/certs", "/system/etc/security/cacerts"];

    /// <summary>
    /// The variable that must be set for OpenSSL to find certificates; null when a person has set one, when the default place serves, or when there are none.
    /// </summary>
    /// <param name="root">Folder that is taken for <c>/</c>.</param>
    /// <param name="environment">Looks a variable up.</param>
    public static (string Name, string Value)? Missing(string root, Func<string, string?> environment) =>
        IsNamed(environment) || DefaultServes(root) ? null : Find(root);

    /// <summary>What to do about a certificate that is not trusted, as a clause.</summary>
    /// <param name="root">Folder that is taken for <c>/</c>.</param>
    /// <param name="environment">Looks a variable up.</param>
    public static string Advice(string root, Func<string, string?> environment)
    {
        if (environment("SSL_CERT_FILE") is { Length: > 0 } named && !File.Exists(Under(root, named)))
        {
            return $"SSL_CERT_FILE names {named}, which is not there";
        }

        const string set = "set SSL_CERT_FILE to a bundle that holds the CA that signed it";
        return IsNamed(environment) || DefaultServes(root) || Find(root) is not null ? set : $"this host has no CA certificates: {set}";
    }

    private static bool IsNamed(Func<string, string?> environment) =>
        !string.IsNullOrEmpty(environment("SSL_CERT_FILE")) || !string.IsNullOrEmpty(environment("SSL_CERT_DIR"));

    private static bool DefaultServes(string root) => File.Exists(Under(root, DefaultFile)) || HasHashedCertificates(Under(root, DefaultFolder));

    private static (string Name, string Value)? Find(string root)
    {
        if (Array.Find(Bundles, bundle => File.Exists(Under(root, bundle))) is { } file)
        {
            return ("SSL_CERT_FILE", file);
        }

        return Array.Find(Folders, folder => HasHashedCertificates(Under(root, folder))) is { } hashed ? ("SSL_CERT_DIR", hashed) : null;
    }

    private static string Under(string root, string path) => root == "/" ? path : root + path;

    // A folder serves OpenSSL only with links named by hash, such as 4f316efb.0.
    private static bool HasHashedCertificates(string folder)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(folder, "????????.0").Any();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
