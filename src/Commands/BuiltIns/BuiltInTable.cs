using Sonde.Commands.Sandboxing;

namespace Sonde.Commands.BuiltIns;

/// <summary>The tools that need more than the sandbox of shell commands gives, and how their commands are recognised.</summary>
internal static class BuiltInTable
{
    private static readonly Dictionary<string, Func<IReadOnlyList<string>, Recognition>> Tools = new()
    {
        ["systemctl"] = Systemctl.Recognise,
        ["ping"] = Ping.Recognise,
        ["ping6"] = Ping.Recognise,
        ["iptables"] = Firewall.Iptables,
        ["ip6tables"] = Firewall.Iptables,
        ["iptables-save"] = Firewall.Save,
        ["ip6tables-save"] = Firewall.Save,
        ["nft"] = Firewall.Nft,
        ["docker"] = Containers.Docker,
        ["crictl"] = Containers.Crictl,
        ["dig"] = DnsTools.Dig,
        ["nslookup"] = DnsTools.Nslookup,
        ["host"] = DnsTools.Host,
        ["getent"] = DnsTools.Getent,
        ["curl"] = LocalHttp.Curl,
        ["wget"] = LocalHttp.Wget,
        ["ifconfig"] = Interfaces,
        ["arp"] = Interfaces,
        ["ethtool"] = Interfaces,
        ["netstat"] = Interfaces,
        ["route"] = Interfaces,
    };

    /// <summary>How a simple command is served.</summary>
    public static Recognition Recognise(IReadOnlyList<string> words)
    {
        words = WithoutWrapper(words);
        return words.Count == 0 || !Tools.TryGetValue(Path.GetFileName(words[0]), out var recognise) ? Recognition.Ordinary
            : words is [_, "--version" or "--help" or "-V" or "-h"] ? Recognition.Ordinary
            : recognise(words);
    }

    // A model writes these from habit; the agent's own bounds hold in their place.
    private static IReadOnlyList<string> WithoutWrapper(IReadOnlyList<string> words)
    {
        if (words is ["sudo", var program, ..] && !program.StartsWith('-'))
        {
            words = [.. words.Skip(1)];
        }

        return words is ["timeout", var time, _, ..] && double.TryParse(time.TrimEnd('s'), out _) ? [.. words.Skip(2)] : words;
    }

    // What these set asks for CAP_NET_ADMIN, which they don't get.
    private static Recognition Interfaces(IReadOnlyList<string> words) =>
        new ToolCall(Path.GetFileName(words[0]), [.. words.Skip(1)], SandboxProfile.Default with { Name = "interfaces", Sockets = SocketAccess.InterfaceQueries });
}
