using System.Text.RegularExpressions;

namespace Sonde.Redaction.Rules;

/// <summary>Passwords that known tools take by a short option: <c>mysql -pSECRET</c>, <c>curl -u user:SECRET</c>. What <c>-p</c> means depends on the tool.</summary>
internal static partial class CommandLines
{
    private const int MostWords = 64;

    /// <param name="Options">That carry it.</param>
    /// <param name="Attached">Whether it stands in the option's own word.</param>
    /// <param name="Apart">Whether it stands in the next word.</param>
    /// <param name="Behind">What ends the part before it, in <c>user:password</c>; none where the whole is the password.</param>
    /// <param name="Needs">A word that must stand before, or null.</param>
    private sealed record Usage(string[] Options, bool Attached, bool Apart, char? Behind = null, string? Needs = null);

    private static readonly Dictionary<string, Usage[]> Tools = new(StringComparer.Ordinal)
    {
        ["mysql"] = [new(["-p"], Attached: true, Apart: false)],
        ["mariadb"] = [new(["-p"], Attached: true, Apart: false)],
        ["sshpass"] = [new(["-p"], Attached: true, Apart: true)],
        ["curl"] = [new(["-u", "--user", "-U", "--proxy-user"], Attached: true, Apart: true, Behind: ':')],
        ["redis-cli"] = [new(["-a", "--pass"], Attached: false, Apart: true)],
        ["docker"] = [new(["-p"], Attached: true, Apart: true, Needs: "login")],
        ["podman"] = [new(["-p"], Attached: true, Apart: true, Needs: "login")],
        ["az"] = [new(["-p"], Attached: false, Apart: true, Needs: "login")],
        ["ldap"] = [new(["-w"], Attached: true, Apart: true)],
        ["smbclient"] = [new(["-U", "--user"], Attached: true, Apart: true, Behind: '%')],
        ["rpcclient"] = [new(["-U", "--user"], Attached: true, Apart: true, Behind: '%')],
        ["sqlcmd"] = [new(["-P"], Attached: true, Apart: true)],
        ["bcp"] = [new(["-P"], Attached: true, Apart: true)],
        ["mongo"] = [new(["-p"], Attached: false, Apart: true)],
        ["ipmitool"] = [new(["-P"], Attached: true, Apart: true)],
        ["snmp"] = [new(["-A", "-X"], Attached: false, Apart: true), new(["-c"], Attached: false, Apart: true, Needs: "2c")],
        ["openssl"] = [new(["-passin", "-passout", "-pass"], Attached: false, Apart: true, Behind: ':'), new(["-k", "-K"], Attached: false, Apart: true)],
        ["unzip"] = [new(["-P"], Attached: false, Apart: true)],
        ["zip"] = [new(["-P"], Attached: false, Apart: true)],
        ["mosquitto"] = [new(["-P"], Attached: false, Apart: true)],
        ["useradd"] = [new(["-p"], Attached: false, Apart: true)],
        ["usermod"] = [new(["-p"], Attached: false, Apart: true)],
    };

    public static void Find(string text, List<Finding> found)
    {
        for (var tool = Tool().Match(text); tool.Success; tool = tool.NextMatch())
        {
            FindOptions(text, tool.Index + tool.Length, Tools[tool.Groups["tool"].Value], found);
        }
    }

    private static void FindOptions(string text, int at, Usage[] usages, List<Finding> found)
    {
        var seen = new List<string>();
        Usage? awaiting = null;
        for (var match = Word().Match(text, at); match.Success && seen.Count < MostWords; match = match.NextMatch())
        {
            var word = match.Groups["word"];
            if (awaiting is not null)
            {
                Add(text, word.Index, word.Length, awaiting, found);
                awaiting = null;
                continue;
            }

            foreach (var usage in usages)
            {
                if (usage.Needs is not null && !seen.Contains(usage.Needs))
                {
                    continue;
                }

                if (usage.Apart && usage.Options.Contains(word.Value))
                {
                    awaiting = usage;
                    break;
                }

                if (usage.Attached && usage.Options.FirstOrDefault(o => word.Value.Length > o.Length && word.Value.StartsWith(o, StringComparison.Ordinal)) is { } option
                    && (option.Length == 2 ? word.Value[1] != '-' : word.Value[option.Length] == '='))
                {
                    var skip = option.Length + (word.Value[option.Length] == '=' ? 1 : 0);
                    Add(text, word.Index + skip, word.Length - skip, usage, found);
                    break;
                }
            }

            // What follows belongs to that tool.
            if (Tool().IsMatch(word.Value + " "))
            {
                return;
            }

            seen.Add(word.Value);
        }
    }

    private static void Add(string text, int start, int length, Usage usage, List<Finding> found)
    {
        var value = text.AsSpan(start, length).TrimEnd("\\\"'");
        var quotes = value.Length - value.TrimStart("\\\"'").Length;
        start += quotes;
        value = value[quotes..];
        if (usage.Behind is { } mark)
        {
            var before = value.IndexOf(mark);
            if (before < 0)
            {
                return;
            }

            start += before + 1;
            value = value[(before + 1)..];
        }

        if (!value.IsEmpty && value[0] != '-' && !SettingValue.IsPlain(value))
        {
            found.Add(new Finding(start, value.Length, SecretKind.Password));
        }
    }

    // A tool's name as a word or the end of a path; the suffixes are those of its family (mysqldump, ldapsearch, snmpwalk, mongosh).
    [GeneratedRegex("""(?<![\w.-])(?<tool>(?:mysql|mariadb|ldap|snmp|mongo|mosquitto)(?=[\w-]{0,16}[\s"'\\])|(?:sshpass|curl|redis-cli|docker|podman|az|smbclient|rpcclient|sqlcmd|bcp|ipmitool|openssl|unzip|zip|useradd|usermod)(?=[\s"'\\]))[\w-]{0,16}""")]
    private static partial Regex Tool();

    // Words up to the end of the command: zero bytes of /proc/PID/cmdline come as \0, arguments in JSON between quotes and commas.
    [GeneratedRegex("""\G(?:[ \t]|\\0|\\\n|",\s{0,64}"|\\",\s{0,64}\\")+(?<word>(?:(?!\\0|\\"|\\n)[^\s|;&<>"']){0,512}(?:'[^'\n]{0,512}'|"[^"\n]{0,512}"(?=\s|$|\\))?)""")]
    private static partial Regex Word();
}
