using System.Globalization;
using System.Net;
using System.Text;

namespace Sonde.Commands.BuiltIns;

/// <summary><c>dig</c>, <c>nslookup</c>, <c>host</c> and <c>getent hosts</c>, asked by the agent: the tools needn't be there.</summary>
internal static class DnsTools
{
    private const int Port = 53;

    public static Recognition Dig(IReadOnlyList<string> words)
    {
        string? name = null;
        DnsType? type = null;
        IPAddress? server = null;
        bool brief = false, answersOnly = false, reverse = false;
        var port = Port;
        var timeout = TimeSpan.FromSeconds(5);
        for (var i = 1; i < words.Count; i++)
        {
            var word = words[i];
            if (word is "+short")
            {
                brief = true;
            }
            else if (word is "+noall" or "+answer" or "+nocomments" or "+nostats" or "+noquestion" or "+noquestion")
            {
                answersOnly |= word == "+noall";
            }
            else if (word is "+tries=1" or "+tries=2" or "+retry=0" or "+retry=1" or "+recurse" or "+nocmd" or "IN" or "-4" or "-u")
            {
                // As it is done here anyway.
            }
            else if (word.StartsWith("+time=", StringComparison.Ordinal) && Accepts.Number(1, 10)(word[6..]))
            {
                timeout = TimeSpan.FromSeconds(int.Parse(word[6..], CultureInfo.InvariantCulture));
            }
            else if (word.StartsWith("+timeout=", StringComparison.Ordinal) && Accepts.Number(1, 10)(word[9..]))
            {
                timeout = TimeSpan.FromSeconds(int.Parse(word[9..], CultureInfo.InvariantCulture));
            }
            else if (word == "-p" && i + 1 < words.Count && Accepts.Number(1, 65535)(words[i + 1]))
            {
                port = int.Parse(words[++i], CultureInfo.InvariantCulture);
            }
            else if (word == "-x" && i + 1 < words.Count && IPAddress.TryParse(words[i + 1], out var address))
            {
                (name, type, reverse) = (ReverseName(address), DnsType.Ptr, true);
                i++;
            }
            else if (word.StartsWith('@') && (IPAddress.TryParse(word[1..], out server) || word == "@localhost"))
            {
                server ??= IPAddress.Loopback;
            }
            else if (word is "-t" && i + 1 < words.Count && TypeOf(words[i + 1]) is { } named)
            {
                type = named;
                i++;
            }
            else if (name is not null && !reverse && TypeOf(word) is { } known)
            {
                type = known;
            }
            else if (name is null && IsName(word))
            {
                name = word;
            }
            else
            {
                return Recognition.Refused($"dig: '{word}' isn't served; served are a name, a type, @ADDRESS, -x ADDRESS, -t TYPE, -p PORT, +short, +noall +answer, +time=N, +tries=N");
            }
        }

        if (name is null)
        {
            return Recognition.Refused("dig: a name is needed");
        }

        var (question, asked) = (name, type ?? DnsType.A);
        return new AgentCall("dig", async cancellation =>
        {
            var outcome = await Client(server, port, timeout).Client.AskAsync(question, asked, cancellation).ConfigureAwait(false);
            return DnsText.Dig(question, asked, outcome, brief, answersOnly);
        });
    }

    public static Recognition Nslookup(IReadOnlyList<string> words) => LookUp("nslookup", words, static (name, outcomes) => DnsText.Nslookup(name, outcomes));

    public static Recognition Host(IReadOnlyList<string> words) => LookUp("host", words, static (name, outcomes) => DnsText.Host(name, outcomes));

    public static Recognition Getent(IReadOnlyList<string> words)
    {
        if (words is not [_, "hosts" or "ahosts" or "ahostsv4" or "ahostsv6", ..])
        {
            return Recognition.Ordinary;
        }

        if (words.Count == 2)
        {
            return Recognition.Ordinary; // Lists the file.
        }

        if (words.Skip(2).FirstOrDefault(static word => !IsName(word)) is { } odd)
        {
            return Recognition.Refused($"getent: '{odd}' is no name");
        }

        var kind = words[1];
        var names = words.Skip(2).ToList();
        return new AgentCall("getent", async cancellation =>
        {
            var text = new StringBuilder();
            var found = true;
            foreach (var name in names)
            {
                var lines = await HostsOfAsync(name, kind, cancellation).ConfigureAwait(false);
                lines.ForEach(line => text.Append(line).Append('\n'));
                found &= lines.Count > 0;
            }

            return new BuiltInOutput(found ? 0 : 2, text.ToString());
        });
    }

    private static Recognition LookUp(string tool, IReadOnlyList<string> words, Func<string, IReadOnlyList<(DnsType, DnsOutcome)>, BuiltInOutput> write)
    {
        var shape = new ArgumentShape(tool)
            .Value(static value => TypeOf(value) is not null, "-type", "-query", "-t").Value(Accepts.Number(1, 10), "-timeout", "-W").Value(Accepts.Number(1, 3), "-retry", "-R")
            .Value(Accepts.Number(1, 65535), "-port", "-p");
        // nslookup's options have one dash and a value behind "=".
        var arguments = shape.Read(words.Skip(1).SelectMany(static word => word is ['-', not '-', .., _] && word.Split('=', 2) is [var option, var value] ? [option, value] : new[] { word }), out var refusal);
        if (arguments is null)
        {
            return Recognition.Refused(refusal);
        }

        IPAddress? server = null;
        var operands = arguments.Operands;
        if (operands.Count is not (1 or 2) || !IsName(operands[0])
            || (operands.Count == 2 && !IPAddress.TryParse(operands[1] == "localhost" ? "127.0.0.1" : operands[1], out server)))
        {
            return Recognition.Refused($"{tool}: a name and, if need be, a server's address are served");
        }

        var name = operands[0];
        DnsType[] types = arguments.Options.TryGetValue("-type", out var type) ? [TypeOf(type)!.Value]
            : IPAddress.TryParse(name, out _) ? [DnsType.Ptr]
            : tool == "host" ? [DnsType.A, DnsType.Aaaa, DnsType.Mx]
            : [DnsType.A, DnsType.Aaaa];
        var question = IPAddress.TryParse(name, out var address) ? ReverseName(address) : name;
        var seconds = arguments.Options.TryGetValue("-timeout", out var given) ? int.Parse(given, CultureInfo.InvariantCulture) : 5;
        var port = arguments.Options.TryGetValue("-port", out var number) ? int.Parse(number, CultureInfo.InvariantCulture) : Port;
        return new AgentCall(tool, async cancellation =>
        {
            var client = Client(server, port, TimeSpan.FromSeconds(seconds)).Client;
            var outcomes = new List<(DnsType, DnsOutcome)>();
            foreach (var asked in types)
            {
                outcomes.Add((asked, await client.AskAsync(question, asked, cancellation).ConfigureAwait(false)));
                if (outcomes[^1].Item2.Answer is not { Code: 0 })
                {
                    break;
                }
            }

            return write(name, outcomes);
        });
    }

    // As nsswitch.conf mostly has it: the file, then DNS. Other sources aren't asked.
    private static async Task<List<string>> HostsOfAsync(string name, string kind, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(name, out var literal) ? [literal] : HostsFile.AddressesOf(name, HostsFile.ReadLines("/etc/hosts"));
        var canonical = name;
        if (addresses.Count == 0)
        {
            var (client, search) = Client(null, Port, TimeSpan.FromSeconds(5));
            string[] candidates = name.Contains('.', StringComparison.Ordinal) ? [name, .. search.Select(domain => $"{name}.{domain}")] : [.. search.Select(domain => $"{name}.{domain}"), name];
            foreach (var candidate in candidates)
            {
                var records = new List<DnsRecord>();
                foreach (var type in kind switch { "ahostsv4" => [DnsType.A], "ahostsv6" => [DnsType.Aaaa], "hosts" => [DnsType.Aaaa, DnsType.A], _ => new[] { DnsType.A, DnsType.Aaaa } })
                {
                    records.AddRange((await client.AskAsync(candidate, type, cancellation).ConfigureAwait(false)).Answer?.Answers ?? []);
                    if (kind == "hosts" && records.Any(static record => record.Type is DnsType.A or DnsType.Aaaa))
                    {
                        break;
                    }
                }

                addresses = [.. records.Where(static record => record.Type is DnsType.A or DnsType.Aaaa).Select(static record => IPAddress.Parse(record.Data))];
                if (addresses.Count > 0)
                {
                    canonical = candidate.TrimEnd('.');
                    break;
                }
            }
        }

        return kind == "hosts"
            ? [.. addresses.Select(address => $"{address,-15} {canonical}")]
            : [.. addresses.SelectMany((address, index) => new[] { $"{address,-15} STREAM {(index == 0 ? canonical : "")}", $"{address,-15} DGRAM  ", $"{address,-15} RAW    " })];
    }

    private static (DnsClient Client, IReadOnlyList<string> Search) Client(IPAddress? server, int port, TimeSpan timeout)
    {
        var (servers, search) = DnsClient.HostConfiguration(HostsFile.ReadLines("/etc/resolv.conf"));
        return (new DnsClient(server is null ? servers : [new IPEndPoint(server, port)], timeout), search);
    }

    private static DnsType? TypeOf(string word) => Enum.TryParse<DnsType>(word, ignoreCase: true, out var type) && !char.IsAsciiDigit(word[0]) ? type : null;

    private static bool IsName(string word) => word == "." || (Accepts.Name(word) && word.Length <= 253 && !word.Contains('/', StringComparison.Ordinal));

    private static string ReverseName(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes[3]}.{bytes[2]}.{bytes[1]}.{bytes[0]}.in-addr.arpa")
            : string.Join('.', bytes.Reverse().Select(static b => $"{b & 15:x}.{b >> 4:x}")) + ".ip6.arpa";
    }
}

/// <summary>The host's own table of names.</summary>
internal static class HostsFile
{
    /// <summary>Addresses of a name, in the file's order.</summary>
    public static List<IPAddress> AddressesOf(string name, IEnumerable<string> lines) =>
    [
        .. lines.Select(static line => line.Split('#')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Skip(1).Contains(name, StringComparer.OrdinalIgnoreCase) && IPAddress.TryParse(words[0], out _))
            .Select(static words => IPAddress.Parse(words[0])),
    ];

    /// <summary>Nothing where the file can't be read.</summary>
    public static IReadOnlyList<string> ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
