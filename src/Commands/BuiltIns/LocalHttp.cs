using System.Globalization;

namespace Sonde.Commands.BuiltIns;

/// <summary><c>curl</c> and <c>wget</c> to this host's own addresses: a health page is read, nothing is sent anywhere else.</summary>
internal static class LocalHttp
{
    private static readonly ArgumentShape CurlShape = new ArgumentShape("curl")
        .Flag("--silent", "-s").Flag("--show-error", "-S").Flag("--fail", "-f").Flag("--include", "-i").Flag("--head", "-I").Flag("--verbose", "-v").Flag("--insecure", "-k")
        .Flag("--location", "-L").Flags("-4", "-6", "--ipv4", "--ipv6", "--http1.1", "--no-progress-meter")
        .Value(Accepts.Decimal(0.001, 25), "--max-time", "-m").Value(Accepts.Decimal(0.001, 25), "--connect-timeout")
        .Value(Accepts.OneOf("/dev/null", "-"), "--output", "-o").Value(Accepts.Any, "--write-out", "-w").Value(IsHeader, "--header", "-H")
        .Value(Accepts.Any, "--user-agent", "-A").Value(Accepts.OneOf("GET", "HEAD"), "--request", "-X").Value(Accepts.Any, "--noproxy");

    private static readonly ArgumentShape WgetShape = new ArgumentShape("wget")
        .Flag("-q", "--quiet").Flag("-S", "--server-response").Flag("--spider").Flag("--no-check-certificate").Flags("-nv", "--no-verbose", "--no-proxy", "-4", "-6")
        .Value(Accepts.OneOf("-", "/dev/null"), "-O", "--output-document").Value(Accepts.Decimal(0.1, 25), "-T", "--timeout").Value(Accepts.Number(1, 3), "-t", "--tries").Value(IsHeader, "--header");

    public static Recognition Curl(IReadOnlyList<string> words)
    {
        if (CurlShape.Read(words.Skip(1), out var refusal) is not { } arguments)
        {
            return Recognition.Refused($"{refusal}; served is reading a page of this host: no upload, no file, no proxy");
        }

        if (arguments.Operands is not [var address] || UrlOf(address) is not { } url)
        {
            return Recognition.Refused("curl: one http or https address of this host is served");
        }

        var options = arguments.Options;
        var request = new HttpRequest(url)
        {
            HeadersOnly = arguments.Has("--head") || options.GetValueOrDefault("--request") == "HEAD",
            AcceptAnyCertificate = arguments.Has("--insecure"),
            FollowsRedirects = arguments.Has("--location"),
            Timeout = Seconds(options.GetValueOrDefault("--max-time") ?? options.GetValueOrDefault("--connect-timeout"), 20),
            Headers = [.. arguments.Repeated.Where(static option => option.Name == "--header").Select(static option => option.Value)],
        };
        return new AgentCall("curl", async cancellation =>
        {
            var response = await LocalHttpClient.GetAsync(request, cancellation).ConfigureAwait(false);
            if (response.Failure is { } failure)
            {
                var told = arguments.Has("--silent") && !arguments.Has("--show-error") ? "" : $"curl: ({response.CurlCode}) {failure}\n";
                return new BuiltInOutput(response.CurlCode, WriteOut(options.GetValueOrDefault("--write-out"), response), told);
            }

            var failed = arguments.Has("--fail") && response.Status >= 400;
            var body = failed || request.HeadersOnly || options.GetValueOrDefault("--output") == "/dev/null" ? "" : response.Body;
            var head = arguments.Has("--include") || request.HeadersOnly ? response.Head + "\n" : "";
            var errors = failed ? string.Create(CultureInfo.InvariantCulture, $"curl: (22) The requested URL returned error: {response.Status}\n") : "";
            errors = arguments.Has("--verbose") ? $"* Connected to {response.Peer}\n{Prefixed(response.Head)}{errors}" : errors;
            return new BuiltInOutput(failed ? 22 : 0, head + body + WriteOut(options.GetValueOrDefault("--write-out"), response), errors);
        });
    }

    public static Recognition Wget(IReadOnlyList<string> words)
    {
        if (WgetShape.Read(words.Skip(1), out var refusal) is not { } arguments)
        {
            return Recognition.Refused($"{refusal}; served is reading a page of this host with -O -");
        }

        if (arguments.Operands is not [var address] || UrlOf(address) is not { } url || !(arguments.Has("-O") || arguments.Has("--spider")))
        {
            return Recognition.Refused("wget: one http or https address of this host with -O - or --spider is served; nothing is written to a file");
        }

        var request = new HttpRequest(url)
        {
            HeadersOnly = arguments.Has("--spider"),
            AcceptAnyCertificate = arguments.Has("--no-check-certificate"),
            FollowsRedirects = true,
            Timeout = Seconds(arguments.Options.GetValueOrDefault("-T"), 20),
            Headers = [.. arguments.Repeated.Where(static option => option.Name == "--header").Select(static option => option.Value)],
        };
        return new AgentCall("wget", async cancellation =>
        {
            var response = await LocalHttpClient.GetAsync(request, cancellation).ConfigureAwait(false);
            if (response.Failure is { } failure)
            {
                return new BuiltInOutput(4, "", $"wget: {failure}\n");
            }

            var body = request.HeadersOnly || arguments.Options.GetValueOrDefault("-O") == "/dev/null" ? "" : response.Body;
            var head = arguments.Has("-S") ? response.Head : "";
            return response.Status >= 400
                ? new BuiltInOutput(8, "", string.Create(CultureInfo.InvariantCulture, $"{head}wget: server returned error: {response.Status}\n"))
                : new BuiltInOutput(0, body, head);
        });
    }

    private static Uri? UrlOf(string address) =>
        Uri.TryCreate(address.Contains("://", StringComparison.Ordinal) ? address : $"http://{address}", UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : null;

    private static bool IsHeader(string value) => value.IndexOf(':', StringComparison.Ordinal) > 0 && !value.AsSpan().ContainsAny('\r', '\n') && value[0] != '@';

    private static TimeSpan Seconds(string? text, double otherwise) => TimeSpan.FromSeconds(text is null ? otherwise : double.Parse(text, CultureInfo.InvariantCulture));

    private static string Prefixed(string head) => string.Concat(head.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => $"< {line}\n"));

    private static string WriteOut(string? format, HttpOutcome response) => format is null ? "" : format
        .Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal)
        .Replace("%{http_code}", response.Status.ToString("000", CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("%{response_code}", response.Status.ToString("000", CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("%{time_total}", response.Elapsed.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("%{size_download}", response.Length.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("%{content_type}", response.ContentType, StringComparison.Ordinal)
        .Replace("%{remote_ip}", response.Peer, StringComparison.Ordinal);
}
