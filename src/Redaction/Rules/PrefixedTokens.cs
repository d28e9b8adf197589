using System.Buffers;

namespace Sonde.Redaction.Rules;

/// <summary>Tokens that say by their beginning what they are. One line a kind.</summary>
internal static class PrefixedTokens
{
    private static readonly SearchValues<char> Word = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    private static readonly SearchValues<char> Url = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    private static readonly SearchValues<char> Dotted = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");
    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    // Least: characters behind the prefix, so that a word which merely begins alike stays.
    private static readonly (string Prefix, SearchValues<char> Of, int Least, SecretKind Kind)[] Tokens =
    [
        ("AKIA", Word, 16, SecretKind.CloudKey), // AWS: a user's key id
        ("ASIA", Word, 16, SecretKind.CloudKey), // AWS: a temporary one
        ("ABIA", Word, 16, SecretKind.CloudKey),
        ("ACCA", Word, 16, SecretKind.CloudKey),
        ("AIza", Url, 30, SecretKind.CloudKey), // Google API key
        ("ya29.", Dotted, 20, SecretKind.CloudKey), // Google OAuth access token
        ("GOCSPX-", Url, 20, SecretKind.CloudKey), // Google OAuth client secret
        ("1//0", Url, 30, SecretKind.CloudKey), // Google OAuth refresh token
        ("LTAI", Word, 12, SecretKind.CloudKey), // Alibaba
        ("AKID", Word, 28, SecretKind.CloudKey), // Tencent
        ("dop_v1_", Word, 40, SecretKind.CloudKey), // DigitalOcean
        ("doo_v1_", Word, 40, SecretKind.CloudKey),
        ("hvs.", Url, 20, SecretKind.CloudKey), // Vault
        ("hvb.", Url, 20, SecretKind.CloudKey),
        ("dapi", Word, 32, SecretKind.CloudKey), // Databricks
        ("ghp_", Word, 30, SecretKind.ServiceToken), // GitHub
        ("gho_", Word, 30, SecretKind.ServiceToken),
        ("ghu_", Word, 30, SecretKind.ServiceToken),
        ("ghs_", Word, 30, SecretKind.ServiceToken),
        ("ghr_", Word, 30, SecretKind.ServiceToken),
        ("github_pat_", Word, 22, SecretKind.ServiceToken),
        ("glpat-", Dotted, 16, SecretKind.ServiceToken), // GitLab
        ("gldt-", Dotted, 16, SecretKind.ServiceToken),
        ("glrt-", Dotted, 16, SecretKind.ServiceToken),
        ("glptt-", Dotted, 16, SecretKind.ServiceToken),
        ("glcbt-", Dotted, 16, SecretKind.ServiceToken),
        ("glagent-", Dotted, 16, SecretKind.ServiceToken),
        ("xoxb-", Url, 16, SecretKind.ServiceToken), // Slack
        ("xoxp-", Url, 16, SecretKind.ServiceToken),
        ("xoxa-", Url, 16, SecretKind.ServiceToken),
        ("xoxr-", Url, 16, SecretKind.ServiceToken),
        ("xoxs-", Url, 16, SecretKind.ServiceToken),
        ("xoxe", Dotted, 16, SecretKind.ServiceToken),
        ("xapp-", Url, 16, SecretKind.ServiceToken),
        ("sk_live_", Word, 16, SecretKind.ServiceToken), // Stripe
        ("sk_test_", Word, 16, SecretKind.ServiceToken),
        ("rk_live_", Word, 16, SecretKind.ServiceToken),
        ("rk_test_", Word, 16, SecretKind.ServiceToken),
        ("whsec_", Base64, 16, SecretKind.ServiceToken),
        ("sk-", Url, 24, SecretKind.ServiceToken), // OpenAI, Anthropic and others
        ("SG.", Dotted, 32, SecretKind.ServiceToken), // SendGrid
        ("npm_", Word, 30, SecretKind.ServiceToken),
        ("pypi-AgE", Url, 32, SecretKind.ServiceToken),
        ("dckr_pat_", Url, 20, SecretKind.ServiceToken), // Docker Hub
        ("hf_", Word, 30, SecretKind.ServiceToken), // Hugging Face
        ("shpat_", Word, 28, SecretKind.ServiceToken), // Shopify
        ("shpss_", Word, 28, SecretKind.ServiceToken),
        ("sq0atp-", Url, 20, SecretKind.ServiceToken), // Square
        ("sq0csp-", Url, 32, SecretKind.ServiceToken),
        ("lin_api_", Word, 32, SecretKind.ServiceToken), // Linear
        ("glc_", Base64, 32, SecretKind.ServiceToken), // Grafana
        ("glsa_", Word, 32, SecretKind.ServiceToken),
        ("NRAK-", Word, 24, SecretKind.ServiceToken), // New Relic
        ("PMAK-", Url, 40, SecretKind.ServiceToken), // Postman
        ("tskey-", Url, 16, SecretKind.ServiceToken), // Tailscale
        ("AGE-SECRET-KEY-1", Word, 40, SecretKind.PrivateKey),
        ("eyJhbGci", Dotted, 12, SecretKind.Jwt), // {"alg"
        ("eyJ0eXAi", Dotted, 12, SecretKind.Jwt), // {"typ"
        ("eyJraWQi", Dotted, 12, SecretKind.Jwt), // {"kid"
        ("eyJlbmMi", Dotted, 12, SecretKind.Jwt), // {"enc"
        ("eyJjdHki", Dotted, 12, SecretKind.Jwt), // {"cty"
        ("eyJhdXRocyI", Base64, 12, SecretKind.Credentials), // {"auths": a registry's logins
        ("LS0tLS1CRUdJTi", Base64, 40, SecretKind.PrivateKey), // -----BEGIN: a key, where it is no certificate
    ];

    private static readonly SearchValues<string> Prefixes = SearchValues.Create([.. Tokens.Select(static t => t.Prefix)], StringComparison.Ordinal);

    public static void Find(string text, List<Finding> found)
    {
        for (var at = 0; at < text.Length;)
        {
            var hit = text.AsSpan(at).IndexOfAny(Prefixes);
            if (hit < 0)
            {
                return;
            }

            at += hit;
            at = TryToken(text, at, out var finding) ? Add(finding) : at + 1;
        }

        int Add(Finding finding)
        {
            found.Add(finding);
            return finding.End;
        }
    }

    private static bool TryToken(string text, int at, out Finding finding)
    {
        finding = default;
        if (!Edge.IsBefore(text, at))
        {
            return false;
        }

        foreach (var (prefix, of, least, kind) in Tokens)
        {
            if (text.AsSpan(at).StartsWith(prefix, StringComparison.Ordinal))
            {
                var end = Wrapped.EndOf(text, at + prefix.Length, of);
                finding = new Finding(at, end - at, kind);
                if (end - at - prefix.Length >= least && IsSecret(text.AsSpan(at, end - at), prefix))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsSecret(ReadOnlySpan<char> token, string prefix) => prefix switch
    {
        // 48 characters of base64 hold the label of a PEM block.
        "LS0tLS1CRUdJTi" => PrivateKeys.IsEncodedLabel(token[..48]),
        "sk-" => token.ContainsAnyInRange('0', '9'),
        _ => true,
    };
}
