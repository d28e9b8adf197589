using System.Text;

namespace Sonde.Tests.Redaction;

/// <summary>A text of a host that holds a secret, and what of it must not be seen again.</summary>
/// <param name="Kind">One of <see cref="PlantedSecrets.Kinds"/>.</param>
/// <param name="Text">As a command would print it.</param>
/// <param name="Secret">The parts of it that must be gone: each line of a key, the password alone of a URL.</param>
internal sealed record Planted(string Kind, string Text, IReadOnlyList<string> Secret);

/// <summary>Makes secrets and the texts that hosts keep them in, the same ones for the same seed.</summary>
internal sealed class PlantedSecrets(int seed)
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";
    private const string Base64 = Letters + Digits + "+/";
    private const string Symbols = Letters + Digits + "!@%^*_-+=~.";

    private readonly Random _random = new(seed);

    public static readonly string[] Kinds =
    [
        "PEM key", "key in JSON", "shadow line", "AWS keys", "Google keys", "Azure keys", "forge token", "chat token", "payment token", "bearer token",
        "JWT", "basic credentials", "setting", "option", "environment", "URL or DSN", "cluster or registry login", "password file", "cookie", "connection string",
    ];

    /// <summary>So many of each kind.</summary>
    public IEnumerable<Planted> Make(int each) => Kinds.SelectMany(kind => Enumerable.Range(0, each).Select(i => Make(kind, i)));

    private Planted Make(string kind, int i)
    {
        var (text, secret) = kind switch
        {
            "PEM key" => Pem(i, "\n"),
            "key in JSON" => KeyInJson(i),
            "shadow line" => Shadow(i),
            "AWS keys" => Aws(i),
            "Google keys" => Google(i),
            "Azure keys" => Azure(i),
            "forge token" => One(i, ["GITHUB: {0}", "git clone https://oauth2:{0}@git.example/x.git", "remote: {0} rejected", "\"t\":\"{0}\""], Pick(i, "ghp_" + Word(36), "glpat-" + Word(20), "ghs_" + Word(36), "github_pat_" + Word(22) + "_" + Word(59))),
            "chat token" => i % 3 == 2
                ? One(i, ["curl -d x https://hooks.slack.com/services/{0}"], $"T{Upper(9)}/B{Upper(9)}/{Word(24)}")
                : One(i, ["posting with {0} failed", "slack: {0}", "argv: bot --slack {0}"], Pick(i, $"xoxb-{Number(12)}-{Number(12)}-{Word(24)}", $"xapp-1-A{Upper(8)}-{Number(12)}-{Hex(32)}")),
            "payment token" => One(i, ["charge {0} declined", "STRIPE={0}", "{{\"k\": \"{0}\"}}"], Pick(i, "sk_live_" + Word(24), "rk_live_" + Word(40), "whsec_" + Word(32))),
            "bearer token" => One(i, ["Authorization: Bearer {0}", "> authorization: bearer {0}\r\n> host: x", "curl -H 'Authorization: Bearer {0}' http://x/", "\"Authorization\": \"token {0}\""], Pick(i, Word(32), Hex(40), Base64Of(24))),
            "JWT" => One(i, ["got {0} from peer", "GET /x?jwt={0} HTTP/1.1", "id_token={0}; path=/", "\\\"{0}\\\""], Jwt()),
            "basic credentials" => One(i, ["Authorization: Basic {0}", "-H \"Authorization: Basic {0}\"", "proxy-authorization: basic {0}", "{{\"auth\": \"{0}\"}}"], Encode($"user{i}:{Password(12)}")),
            "setting" => One(i, ["password = {0}", "db.password: \"{0}\"", "  admin_passwd: {0}", "{{\"client_secret\": \"{0}\"}}", "<password>{0}</password>", "api_key='{0}'", "requirepass {0}", "\"dbPassword\":\n    \"{0}\"", "{{\\\"password\\\":\\\"{0}\\\"}}", "- name: DB_PASSWORD\n  value: {0}"], Password(14)),
            "option" => Option(i),
            "environment" => One(i, ["PATH=/bin\\0PGPASSWORD={0}\\0HOME=/root", "MYSQL_PWD={0} mysqldump db", "Environment=APP_SECRET={0}", "export REDIS_PASSWORD=\"{0}\"", "\"Env\": [\"SMTP_PASS={0}\", \"A=b\"]", "argv=[env VAULT_TOKEN={0} app]", "SECRET_KEY_BASE={0}", "API_TOKEN={0}\n"], Password(18)),
            "URL or DSN" => Url(i),
            "cluster or registry login" => One(i, ["users:\n- user:\n    token: {0}\n", "    client-key-data: {0}\n", "{{\"auths\":{{\"r.example\":{{\"auth\":\"{1}\"}}}}}}", "//registry.example/:_authToken={0}"], Pick(i, Word(44), Base64Of(60), Encode("ci:" + Password(16)), Word(36)), i % 4 == 2),
            "password file" => One(i, ["machine git.example login me password {0}", "db.example:5432:shop:app:{0}", "*:*:*:postgres:{0}\n", "machine a.example\n  login b\n  password {0}\n", ": PSK \"{0}\"", "CREATE USER a IDENTIFIED BY '{0}';"], Password(12)),
            "cookie" => One(i, ["Cookie: sid={0}", "cookie: theme=dark; session={0}", "Set-Cookie: SESSION={0}; Path=/; HttpOnly", "PHPSESSID={0}", "curl --cookie 'auth={0}' http://x/", "JSESSIONID={0}.node1"], Hex(32)),
            _ => One(i, ["Server=db;Database=x;User Id=sa;Password={0};Encrypt=true", "Host=db;Username=a;Pwd={0}", "DefaultEndpointsProtocol=https;AccountName=x;AccountKey={1};EndpointSuffix=core.windows.net", "Endpoint=sb://x.example/;SharedAccessKeyName=a;SharedAccessKey={1}", "host=db user=a password={0} dbname=x"], Pick(i, Password(15), Password(20), Base64Of(64), Base64Of(32), Password(11)), i % 5 is 2 or 3),
        };
        return new Planted(kind, text, secret);
    }

    private (string, string[]) Pem(int i, string lineBreak)
    {
        var label = Pick(i, "RSA ", "", "EC ", "OPENSSH ");
        string[] lines = [.. Enumerable.Range(0, 6 + _random.Next(10)).Select(_ => Random(Base64, 64)), Random(Base64, 20) + "=="];
        var headers = i % 5 == 4 ? $"Proc-Type: 4,ENCRYPTED{lineBreak}DEK-Info: AES-128-CBC,{Hex(32).ToUpperInvariant()}{lineBreak}{lineBreak}" : "";
        var key = $"-----BEGIN {label}PRIVATE KEY-----{lineBreak}{headers}{string.Join(lineBreak, lines)}{lineBreak}";
        // Every third is cut off at its end, as a string of a limited size is.
        return (i % 3 == 1 ? key : $"before\n{key}-----END {label}PRIVATE KEY-----{lineBreak}after", lines);
    }

    private (string, string[]) KeyInJson(int i)
    {
        var (key, lines) = Pem(3 * i, Pick(i, "\\n", "\\\\n", "\\r\\n"));
        return i % 4 == 3
            ? One(i, ["  tls.key: {0}\n"], Encode($"-----BEGIN PRIVATE KEY-----\n{string.Join('\n', lines)}\n-----END PRIVATE KEY-----\n"))
            : ($$"""{"type": "service_account", "private_key": "{{key.Replace("\n", "", StringComparison.Ordinal)}}", "client_email": "a@b.example"}""", lines);
    }

    private (string, string[]) Shadow(int i) => One(i, ["root:{0}:19700:0:99999:7:::", "app:{0}:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::", "usermod -p '{0}' app", "alice:{0}"], Pick(
        i,
        $"$6${Random(Letters + Digits, 12)}${Random(Letters + Digits + "./", 86)}",
        $"$y$j9T${Random(Letters + Digits + "./", 22)}${Random(Letters + Digits + "./", 43)}",
        $"$2b$12${Random(Letters + Digits + "./", 53)}",
        $"$apr1${Random(Letters + Digits, 8)}${Random(Letters + Digits + "./", 22)}",
        $"$argon2id$v=19$m=65536,t=3,p=4${Random(Base64, 22)}${Random(Base64, 43)}",
        $"{{SSHA}}{Base64Of(24)}"));

    private (string, string[]) Aws(int i) => i % 2 == 0
        ? One(i, ["aws_access_key_id = {0}", "Credential={0}/20261123/eu-west-1/s3/aws4_request", "key {0} is not authorized"], Pick(i, "AKIA", "ASIA") + Random(Upper() + "234567", 16))
        : One(i, ["aws_secret_access_key = {0}", "AWS_SECRET_ACCESS_KEY={0}", "\"SecretAccessKey\" : \"{0}\","], Random(Base64, 40));

    private (string, string[]) Google(int i) => One(i, ["https://maps.example/api?key={0}&x=1", "client: {0}", "\"v\":\"{0}\""], Pick(i, "AIza" + Random(Letters + Digits + "_-", 35), "GOCSPX-" + Random(Letters + Digits + "_-", 28), "ya29." + Random(Letters + Digits + "_-", 120)));

    private (string, string[]) Azure(int i) => i % 2 == 0
        ? One(i, ["secret is {0}", "ARM_CLIENT_SECRET={0}"], $"{Random(Letters + Digits, 3)}{Number(1)}Q~{Random(Letters + Digits + "_.-", 34)}")
        : One(i, ["AZURE_STORAGE_KEY={0}", "AccountKey={0}"], Base64Of(64));

    private (string, string[]) Option(int i) => One(
        i,
        ["mysql -h db -u root -p{0} shop", "pg_tool --password {0} --host db", "app --token={0} run", "sshpass -p {0} ssh host", "curl -u admin:{0} http://x/", "redis-cli -h r -a {0} ping", "ldapsearch -x -w {0} -b dc=x", "tool --api-key \"{0}\"", "mysqldump\\0-uroot\\0-p{0}\\0shop", "java -Ddb.password={0} -jar x.jar"],
        Random(Letters + Digits + "%_+", 13));

    private (string, string[]) Url(int i) => One(
        i,
        ["postgres://app:{0}@db.example:5432/shop?sslmode=disable", "DATABASE_URL=mysql://root:{0}@127.0.0.1/x", "redis://:{0}@cache:6379/0", "amqp://u:{0}@mq.example//", "jdbc:postgresql://db/x?user=a&password={0}", "app:{0}@tcp(10.0.0.5:3306)/shop", "\"https:\\/\\/u:{0}@git.example\\/r\"", "jdbc:oracle:thin:scott/{0}@//db:1521/x", "https://{1}@git.example/r.git", "mongodb+srv://u:{0}@c.example/?retryWrites=true"],
        i % 10 == 8 ? Word(40) : Random(Letters + Digits + "!%*_-+=~.", 12), i % 10 == 8);

    private static (string, string[]) One(int i, string[] texts, string secret, bool second = false) => (string.Format(texts[i % texts.Length], second ? "" : secret, secret), [secret]);

    private string Jwt() => $"eyJhbGciOiJ{Random(Letters + Digits, 24)}.eyJ{Random(Letters + Digits + "_-", 80)}.{Random(Letters + Digits + "_-", 43)}";

    private string Password(int length) => Random(Letters, 1) + Random(Symbols, length - 3) + Random(Digits, 1) + Random(Letters, 1);

    private string Word(int length) => Random(Letters + Digits, length);

    private string Hex(int length) => Random("0123456789abcdef", length);

    private string Number(int length) => Random(Digits, length);

    private string Upper(int length) => Random(Upper() + Digits, length);

    private static string Upper() => Letters[..26];

    private string Base64Of(int bytes)
    {
        var content = new byte[bytes];
        _random.NextBytes(content);
        return Convert.ToBase64String(content);
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private string Random(string of, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => of[_random.Next(of.Length)]));

    private static string Pick(int i, params ReadOnlySpan<string> of) => of[i % of.Length];
}
