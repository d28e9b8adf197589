using Sonde.Commands.Sandboxing;

namespace Sonde.Commands.BuiltIns;

/// <summary>Firewall rules, as the host's own tools list them. The kernel gives them only to who may change them: the arguments are the boundary.</summary>
internal static class Firewall
{
    // Listing with the older iptables loads its module where it isn't loaded; without it there are no such rules.
    private static readonly string[] SignsOfUse = ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names", "/sys/module/nf_tables", "/sys/module/ip_tables"];

    private static readonly HashSet<string> Tables = ["filter", "nat", "mangle", "raw", "security"];
    private static readonly HashSet<string> Lists = ["ruleset", "tables", "table", "chains", "chain", "sets", "set", "maps", "map", "counters", "counter", "flowtables", "quotas"];

    private static readonly SandboxProfile Rules = SandboxProfile.Default with
    {
        Name = "firewall rules",
        Sockets = SocketAccess.Netfilter,
        Capabilities = SandboxProfile.NetworkAdministration | SandboxProfile.RawPackets,
    };

    public static Recognition Iptables(IReadOnlyList<string> words)
    {
        var tool = Path.GetFileName(words[0]);
        var lists = false;
        for (var i = 1; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "-t" or "--table" when i + 1 < words.Count && Tables.Contains(words[i + 1]):
                    i++;
                    break;
                case "-n" or "-v" or "-x" or "-w" or "-nv" or "-vn" or "-nvx" or "--numeric" or "--verbose" or "--exact" or "--line-numbers":
                    break;
                case "-L" or "-S" or "--list" or "--list-rules" or "-nL" or "-vL" or "-nvL" or "-vnL" or "-Ln" or "-Lnv" or "-Lvn" or "-Lv" or "-vS" or "-xvnL":
                    lists = true;
                    i += i + 1 < words.Count && Accepts.Name(words[i + 1]) ? 1 : 0;
                    break;
                default:
                    return Recognition.Refused($"{tool}: '{words[i]}' isn't served; served are -L and -S with a chain, -t TABLE, -n, -v, -x, --line-numbers");
            }
        }

        return lists ? Listing(tool, words) : Recognition.Refused($"{tool}: -L or -S is served");
    }

    public static Recognition Save(IReadOnlyList<string> words)
    {
        var tool = Path.GetFileName(words[0]);
        var arguments = new ArgumentShape(tool).Flag("-c", "--counters").Value(Tables.Contains, "-t", "--table").Read(words.Skip(1), out var refusal);
        return arguments is null ? Recognition.Refused(refusal)
            : arguments.Operands.Count > 0 ? Recognition.Refused($"{tool} takes no '{arguments.Operands[0]}'")
            : Listing(tool, words);
    }

    public static Recognition Nft(IReadOnlyList<string> words)
    {
        var arguments = new ArgumentShape("nft").Flags("-a", "--handle", "-n", "--numeric", "-j", "--json", "-s", "--stateless", "-y").Read(words.Skip(1), out var refusal);
        // nft joins its arguments to statements: only names may follow.
        return arguments is null ? Recognition.Refused(refusal)
            : arguments.Operands is not ["list", var what, ..] || !Lists.Contains(what) ? Recognition.Refused("nft: 'list' with ruleset, tables, table, chains, chain, sets, … is served")
            : arguments.Operands.FirstOrDefault(static word => !Accepts.Name(word)) is { } odd ? Recognition.Refused($"nft: '{odd}' is no name")
            : Listing("nft", words);
    }

    private static Recognition Listing(string tool, IReadOnlyList<string> words) =>
        SignsOfUse.Any(Path.Exists)
            ? new ToolCall(tool, [.. words.Skip(1)], Rules, $"XTABLES_LOCKFILE={SandboxMounts.ScratchFolder}/xtables.lock")
            : Recognition.Refused($"{tool}: this kernel shows neither iptables nor nftables in use, and asking could load them");
}
