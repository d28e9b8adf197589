namespace Sonde.Redaction;

/// <summary>What a secret is, as the report and the audit log count them.</summary>
internal enum SecretKind
{
    /// <summary>PEM, OpenSSH, PGP and PuTTY keys, as text or as base64 of it.</summary>
    PrivateKey,

    /// <summary>What <c>/etc/shadow</c>, htpasswd files, LDAP and databases keep instead of a password.</summary>
    PasswordHash,

    /// <summary>Keys of AWS, Google Cloud, Azure and other clouds.</summary>
    CloudKey,

    /// <summary>Tokens of services that mark their own: GitHub, GitLab, Slack, Stripe, npm and the like.</summary>
    ServiceToken,

    /// <summary>JSON web tokens.</summary>
    Jwt,

    /// <summary>What follows <c>Authorization:</c>, <c>Bearer</c> or <c>Basic</c>.</summary>
    Credentials,

    /// <summary>By its name: <c>password=</c>, <c>--password</c>, <c>PGPASSWORD</c>, and the options of known tools.</summary>
    Password,

    /// <summary>By its name: <c>token=</c>, <c>api_key:</c>, <c>CLIENT_SECRET</c>.</summary>
    NamedSecret,

    /// <summary>Inside a URL, DSN or line of a password file.</summary>
    UrlPassword,

    /// <summary>Cookies and session ids.</summary>
    Session,
}
