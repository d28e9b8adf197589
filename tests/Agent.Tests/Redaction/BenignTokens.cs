namespace Sonde.Tests.Redaction;

/// <summary>What looks like a secret and is none: hashes, ids, addresses, settings. The same ones for the same seed.</summary>
internal sealed class BenignTokens(int seed)
{
    private const string HexDigits = "0123456789abcdef";
    private readonly Random _random = new(seed);

    /// <summary>Lines as diagnostics print them, each with the token that must still be in it.</summary>
    public IEnumerable<(string Line, string Token)> Make(int each) => Enumerable.Range(0, each).SelectMany(_ => One());

    private IEnumerable<(string, string)> One()
    {
        yield return Line("{0}  /usr/bin/ls", Hex(64));
        yield return Line("{0} README", Hex(32));
        yield return Line("commit {0}", Hex(40));
        yield return Line("index {0}..0123abc 100644", Hex(7));
        yield return Line("image: nginx@sha256:{0}", Hex(64));
        yield return Line("0::/kubepods.slice/kubepods-pod{0}.slice", Uuid().Replace('-', '_'));
        yield return Line("CONTAINER ID {0}   nginx  Up 2 hours", Hex(12));
        yield return Line("UUID={0} / ext4 defaults 0 1", Uuid());
        yield return Line("machine-id: {0}", Hex(32));
        yield return Line("BuildID[sha1]={0}, stripped", Hex(40));
        yield return Line("inode {0} links 1", Number(7));
        yield return Line("tcp ESTAB 0 0 10.0.0.7:{0} 10.0.0.5:5432 users:((\"app\",pid=1234,fd=7))", Number(5));
        yield return Line("link/ether {0} brd ff:ff:ff:ff:ff:ff", Mac());
        yield return Line("inet6 {0}/64 scope link", $"fe80::{Hex(4)}:{Hex(4)}:{Hex(4)}:{Hex(4)}");
        yield return Line("boot_id {0}", Uuid());
        yield return Line("request_id={0} status=200", Uuid());
        yield return Line("trace_id={0}", Hex(32));
        yield return Line("etag: \"{0}\"", Hex(32));
        yield return Line("ffffffff{0} T tcp_connect", Hex(8));
        yield return Line("token bucket refilled: {0} tokens", Number(3));
        yield return Line("prompt_tokens: {0}, max_tokens=4096", Number(4));
        yield return Line("primary_key={0} rows=1", Number(6));
        yield return Line("cache_key={0} hit", Hex(32));
        yield return Line("PasswordAuthentication no # {0}", Number(4));
        yield return Line("passwd: files systemd {0}", Word());
        yield return Line("root:x:0:0:{0}:/root:/bin/bash", Word());
        yield return Line("Failed password for {0} from 10.0.0.9 port 51022 ssh2", Word());
        yield return Line("session {0} opened for user root", Number(4));
        yield return Line("PWD=/srv/{0}", Word());
        yield return Line("secret: {0}-tls", Word());
        yield return Line("secretName: {0}", Word());
        yield return Line("SSH_AUTH_SOCK=/run/user/{0}/agent", Number(4));
        yield return Line("password_file=/run/secrets/{0}", Word());
        yield return Line("password: ${{{0}}}", Word().ToUpperInvariant());
        yield return Line("ssh-ed25519 {0} a@b", "AAAAC3NzaC1lZDI1NTE5AAAAI" + Random("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 43));
        yield return Line("-----BEGIN CERTIFICATE-----\n{0}\n-----END CERTIFICATE-----", "MII" + Random("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 61));
        yield return Line("http://10.0.0.5:{0}/path@2x.png", Number(4));
        yield return Line("GET /items?page_token={0}&n=5", Number(3));
        yield return Line("sha512-{0}==", Random("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 86));
        yield return Line("drwx------ 2 app app 4096 Nov 23 06:00 .ssh-{0}", Word());
        yield return Line("SELinux: avc:  denied  {{ read }} for pid=1 comm=\"a\" ino={0}", Number(6));
        yield return Line("pod/web-7d4b9c6f5-{0}   1/1   Running", Random(HexDigits, 5));
        yield return Line("docker run -p {0}:80 nginx", Number(4));
        yield return Line("ssh -p {0} host", Number(4));
        yield return Line("ps -p {0} -o args", Number(4));
        yield return Line("key: destination=10.0.0.5:{0}", Number(4));
        yield return Line("nf_conntrack: hash={0} cookie=0x12ab", Hex(8));
        yield return Line("error: invalid token near '{0}'", Word());
        yield return Line("api_version={0} kind=Secret", "v" + Number(1));
        yield return Line("2026-11-23T06:00:00.{0}Z app[12]: ready", Number(6));
    }

    private static (string, string) Line(string format, string token) => (string.Format(format, token), token);

    private string Hex(int length) => Random(HexDigits, length);

    private string Number(int length) => Random("123456789", 1) + Random("0123456789", length - 1);

    private string Word() => Random("abcdefghijklmnopqrstuvwxyz", 7);

    private string Mac() => string.Join(':', Enumerable.Range(0, 6).Select(_ => Hex(2)));

    private string Uuid() => $"{Hex(8)}-{Hex(4)}-4{Hex(3)}-a{Hex(3)}-{Hex(12)}";

    private string Random(string of, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => of[_random.Next(of.Length)]));
}
