using System.Text.RegularExpressions;

namespace Sonde.Redaction.Rules;

/// <summary>
/// Secrets that are known by what stands around them. Every repetition is bounded and no pattern nests them, so that a search costs a bounded
/// number of steps a character; the secret is the group <c>s</c>.
/// </summary>
internal static partial class Patterns
{
    private static readonly (SecretKind Kind, Regex Pattern, Func<string, bool>? IsSecret)[] All =
    [
        (SecretKind.UrlPassword, UrlPassword(), null),
        (SecretKind.UrlPassword, UrlPasswordWithSlash(), null),
        (SecretKind.UrlPassword, UrlToken(), static s => Likeness.IsRandom(s)),
        (SecretKind.UrlPassword, DriverPassword(), null),
        (SecretKind.UrlPassword, OraclePassword(), null),
        (SecretKind.UrlPassword, PgPass(), null),
        (SecretKind.UrlPassword, NetRc(), null),
        (SecretKind.Credentials, Authorization(), static s => Likeness.IsRandom(s) || s.Length >= 24),
        (SecretKind.Credentials, AuthorizationByScheme(), null),
        (SecretKind.Credentials, Bearer(), static s => Likeness.IsRandom(s)),
        (SecretKind.Credentials, Basic(), static s => Likeness.IsEncodedPair(s)),
        (SecretKind.PasswordHash, CryptHash(), null),
        (SecretKind.PasswordHash, SchemeHash(), null),
        (SecretKind.PasswordHash, ShadowHash(), null),
        (SecretKind.PasswordHash, DatabaseHash(), null),
        (SecretKind.Session, Cookie(), null),
        (SecretKind.Session, SetCookie(), static s => Likeness.IsRandom(s) || s.Length >= 20),
        (SecretKind.CloudKey, AzureClientSecret(), null),
        (SecretKind.ServiceToken, WebHook(), null),
        (SecretKind.ServiceToken, TelegramBot(), null),
        (SecretKind.Password, IdentifiedBy(), null),
        (SecretKind.Password, PreSharedKey(), null),
        (SecretKind.Password, PipedPassword(), null),
        (SecretKind.PrivateKey, PuttyKey(), null),
    ];

    public static void Find(string text, List<Finding> found)
    {
        foreach (var (kind, pattern, isSecret) in All)
        {
            for (var match = pattern.Match(text); match.Success; match = match.NextMatch())
            {
                var secret = match.Groups["s"];
                if (isSecret is null || isSecret(secret.Value))
                {
                    found.Add(new Finding(secret.Index, secret.Length, kind));
                }
            }
        }
    }

    // The last @ before the path: a password may hold one.
    [GeneratedRegex("""[a-z0-9]:(?:\\?/){2}[^\s/?#@:"'<>\\]{0,128}:(?<s>[^\s/?#"'<>\\]{1,256})@""", RegexOptions.IgnoreCase)]
    private static partial Regex UrlPassword();

    // A port is a number: what begins otherwise and holds a slash is still the password.
    [GeneratedRegex("""[a-z0-9]:(?:\\?/){2}[^\s/?#@:"'<>\\]{0,128}:(?<s>(?!\d{1,5}[/?#])[^\s@/"'<>\\]{0,128}[/?#][^\s@"'<>\\]{0,256})@[\w[]""", RegexOptions.IgnoreCase)]
    private static partial Regex UrlPasswordWithSlash();

    [GeneratedRegex("""[a-z0-9]:(?:\\?/){2}(?<s>[^\s/?#@:"'<>\\]{20,256})@""", RegexOptions.IgnoreCase)]
    private static partial Regex UrlToken();

    // Go's MySQL driver: user:password@tcp(host:3306)/db
    [GeneratedRegex("""[\w.-]:(?<s>[^\s:@/"'\\]{1,128})@(?:tcp|udp|unix)6?\(""")]
    private static partial Regex DriverPassword();

    [GeneratedRegex("""\b(?:jdbc:oracle:(?:thin|oci):|sqlplus\s{1,4}(?:-\w{1,8}\s{1,4}){0,4})["']?[\w$#.]{1,64}/(?<s>[^\s@"'\\]{1,128})@""", RegexOptions.IgnoreCase)]
    private static partial Regex OraclePassword();

    // host:port:database:user:password, the whole line. Times, MAC and IPv6 addresses have numbers where names are.
    [GeneratedRegex("""^(?:\*|\\?[\w.-]{1,253}|/[\w./-]{1,100}):(?:\d{1,5}|\*):(?:\*|[A-Za-z_][\w-]{0,63}):(?:\*|[A-Za-z_][\w-]{0,63}):(?<s>[^\s/][^\s]{0,255})\r?$""", RegexOptions.Multiline)]
    private static partial Regex PgPass();

    [GeneratedRegex("""\b(?:machine\s{1,16}\S{1,255}|default)\s{1,16}(?:login\s{1,16}\S{1,128}\s{1,16})?(?:account\s{1,16}\S{1,128}\s{1,16})?password\s{1,16}(?<s>[^\s"'\\]{1,256})""")]
    private static partial Regex NetRc();

    [GeneratedRegex("""\bauthorization["'\\]{0,3}\s{0,3}[:=]\s{0,3}["'\\]{0,3}(?<s>[^\s"'\\]{8,4096})""", RegexOptions.IgnoreCase)]
    private static partial Regex Authorization();

    [GeneratedRegex("""\bauthorization["'\\]{0,3}\s{0,3}[:=]\s{0,3}["'\\]{0,3}(?:basic|bearer|token|digest|negotiate|apikey|api-key|key|sso-key|splunk|aws4-hmac-sha256)\s{1,4}(?<s>[^\r\n"'\\]{1,4096})""", RegexOptions.IgnoreCase)]
    private static partial Regex AuthorizationByScheme();

    [GeneratedRegex("""\bbearer\s{1,4}(?<s>[A-Za-z0-9._~+/-]{12,4096}={0,2})""", RegexOptions.IgnoreCase)]
    private static partial Regex Bearer();

    [GeneratedRegex("""\bbasic\s{1,4}(?<s>[A-Za-z0-9+/]{8,1024}={0,2})""", RegexOptions.IgnoreCase)]
    private static partial Regex Basic();

    // crypt(5) and its relatives: $6$salt$hash
    [GeneratedRegex("""(?<s>\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|md5|sha1|argon2(?:id|i|d)|scrypt|bcrypt-sha256|pbkdf2[\w-]{0,16}|[PHS])\$[./A-Za-z0-9=,$+_-]{20,512})""")]
    private static partial Regex CryptHash();

    [GeneratedRegex("""(?<s>\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[\w-]{0,16}|ARGON2)\}[A-Za-z0-9+/=.$]{16,512})""")]
    private static partial Regex SchemeHash();

    [GeneratedRegex("""^[a-z_][\w.-]{0,31}\$?:!{0,2}(?<s>[./A-Za-z0-9]{13}):\d{0,6}:\d{0,6}:\d{0,6}:""", RegexOptions.Multiline)]
    private static partial Regex ShadowHash();

    // MySQL's *HEX, PostgreSQL's SCRAM and md5 verifiers.
    [GeneratedRegex("""(?<s>(?<![\w*])\*[0-9A-F]{40}(?!\w)|SCRAM-SHA-256\$\d{1,8}:[A-Za-z0-9+/=]{8,64}\$[A-Za-z0-9+/=]{16,64}:[A-Za-z0-9+/=]{16,64}|(?<!\w)md5[0-9a-f]{32}(?!\w))""")]
    private static partial Regex DatabaseHash();

    [GeneratedRegex("""(?<!set-)\bcookie2?["'\\]{0,3}(?:\s{0,2}:|[ =])\s{0,3}["'\\]{0,3}(?<s>[\w.%-]{1,64}=[^\r\n"'\\]{6,4096})""", RegexOptions.IgnoreCase)]
    private static partial Regex Cookie();

    [GeneratedRegex("""\bset-cookie["'\\]{0,3}\s{0,2}[:=]\s{0,3}["'\\]{0,3}[\w.%-]{1,64}=(?<s>[^;\s"'\\]{4,4096})""", RegexOptions.IgnoreCase)]
    private static partial Regex SetCookie();

    [GeneratedRegex("""(?<![\w~.-])(?<s>[\w~.-]{3}[0-9]Q~[\w~.-]{31,34})(?![\w~-])""")]
    private static partial Regex AzureClientSecret();

    [GeneratedRegex("""(?:hooks\.slack\.com\\?/(?:services|workflows|triggers)\\?/|discord(?:app)?\.com\\?/api\\?/webhooks\\?/|webhook\.office\.com\\?/webhookb2\\?/)(?<s>[\w/@\\-]{20,300})""")]
    private static partial Regex WebHook();

    [GeneratedRegex("""(?<![\w:])(?:bot)?(?<s>\d{8,10}:[A-Za-z0-9_-]{35})(?![\w-])""")]
    private static partial Regex TelegramBot();

    [GeneratedRegex("""\bidentified\s{1,4}(?:with\s{1,4}\S{1,64}\s{1,4})?(?:by|as)\s{1,4}(?:password\s{1,4})?\\?["'](?<s>[^'"\r\n\\]{1,256})""", RegexOptions.IgnoreCase)]
    private static partial Regex IdentifiedBy();

    // ipsec.secrets: @host : PSK "…"
    [GeneratedRegex("""(?:^|\s):\s{0,8}(?:PSK|XAUTH|EAP|NTLM)\s{1,8}(?:"(?<s>[^"\r\n]{1,256})"|(?<s>0[sx][A-Za-z0-9+/=]{8,256}))""", RegexOptions.Multiline)]
    private static partial Regex PreSharedKey();

    [GeneratedRegex("""\becho\s{1,4}(?:-n\s{1,4})?["']?[\w.-]{1,64}:(?<s>[^\s"'|]{1,128})["']?\s{0,4}\|\s{0,4}(?:sudo\s{1,4})?chpasswd""")]
    private static partial Regex PipedPassword();

    [GeneratedRegex("""^Private-Lines:\s{0,4}\d{1,4}\r?\n(?<s>(?:[A-Za-z0-9+/=]{1,80}\r?\n){1,128})""", RegexOptions.Multiline)]
    private static partial Regex PuttyKey();
}
