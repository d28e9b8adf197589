using System.Globalization;
using System.Text;

namespace Sonde.Commands.BuiltIns;

/// <summary>Answers of name servers as the usual tools print them.</summary>
internal static class DnsText
{
    private const int NoServer = 9; // dig's exit code when none answered

    public static BuiltInOutput Dig(string name, DnsType type, DnsOutcome outcome, bool brief, bool answersOnly)
    {
        var server = string.Create(CultureInfo.InvariantCulture, $"{outcome.Server.Address}#{outcome.Server.Port}");
        if (outcome.Answer is not { } answer)
        {
            return new BuiltInOutput(NoServer, $";; communications error to {server}: {outcome.Failure}\n;; no servers could be reached\n");
        }

        if (brief)
        {
            return new BuiltInOutput(0, string.Concat(answer.Answers.Select(static record => record.Data + "\n")));
        }

        var text = new StringBuilder();
        if (answersOnly)
        {
            Section(text, answer.Answers);
            return new BuiltInOutput(0, text.ToString());
        }

        text.Append(CultureInfo.InvariantCulture, $";; ->>HEADER<<- opcode: QUERY, status: {answer.Status}, id: {answer.Id}\n");
        text.Append(CultureInfo.InvariantCulture, $";; flags:{Flags(answer.Flags)}; QUERY: 1, ANSWER: {answer.Answers.Count}, AUTHORITY: {answer.Authorities.Count}\n\n");
        text.Append(CultureInfo.InvariantCulture, $";; QUESTION SECTION:\n;{name.TrimEnd('.')}.\t\tIN\t{NameOf(type)}\n\n");
        if (answer.Answers.Count > 0)
        {
            Section(text.Append(";; ANSWER SECTION:\n"), answer.Answers);
            text.Append('\n');
        }

        if (answer.Authorities.Count > 0)
        {
            Section(text.Append(";; AUTHORITY SECTION:\n"), answer.Authorities);
            text.Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $";; Query time: {outcome.Milliseconds} msec\n;; SERVER: {server}\n");
        return new BuiltInOutput(0, text.ToString());
    }

    public static BuiltInOutput Nslookup(string name, IReadOnlyList<(DnsType Type, DnsOutcome Outcome)> outcomes)
    {
        var server = outcomes[0].Outcome.Server;
        var text = new StringBuilder();
        if (outcomes[0].Outcome.Answer is null)
        {
            return new BuiltInOutput(1, string.Create(CultureInfo.InvariantCulture, $";; communications error to {server.Address}#{server.Port}: {outcomes[0].Outcome.Failure}\n;; no servers could be reached\n"));
        }

        text.Append(CultureInfo.InvariantCulture, $"Server:\t\t{server.Address}\nAddress:\t{server.Address}#{server.Port}\n\nNon-authoritative answer:\n");
        var failed = false;
        foreach (var (_, outcome) in outcomes)
        {
            if (outcome.Answer is not { Code: 0 } answer)
            {
                text.Append(CultureInfo.InvariantCulture, $"** server can't find {name}: {outcome.Answer?.Status ?? outcome.Failure}\n");
                failed = true;
                continue;
            }

            foreach (var record in answer.Answers)
            {
                text.Append(record.Type switch
                {
                    DnsType.A or DnsType.Aaaa => $"Name:\t{record.Name.TrimEnd('.')}\nAddress: {record.Data}\n",
                    DnsType.Cname => $"{record.Name.TrimEnd('.')}\tcanonical name = {record.Data}\n",
                    DnsType.Ptr => $"{record.Name.TrimEnd('.')}\tname = {record.Data}\n",
                    DnsType.Mx => $"{record.Name.TrimEnd('.')}\tmail exchanger = {record.Data}\n",
                    _ => $"{record.Name.TrimEnd('.')}\t{NameOf(record.Type)} = {record.Data}\n",
                });
            }
        }

        return new BuiltInOutput(failed ? 1 : 0, text.ToString());
    }

    public static BuiltInOutput Host(string name, IReadOnlyList<(DnsType Type, DnsOutcome Outcome)> outcomes)
    {
        var text = new StringBuilder();
        foreach (var (type, outcome) in outcomes)
        {
            if (outcome.Answer is not { } answer)
            {
                return new BuiltInOutput(1, $";; communications error to {outcome.Server.Address}#{outcome.Server.Port.ToString(CultureInfo.InvariantCulture)}: {outcome.Failure}\n;; no servers could be reached\n");
            }

            if (answer.Code != 0)
            {
                return new BuiltInOutput(1, string.Create(CultureInfo.InvariantCulture, $"Host {name} not found: {answer.Code}({answer.Status})\n"));
            }

            foreach (var record in answer.Answers)
            {
                var words = record.Type switch
                {
                    DnsType.A => "has address",
                    DnsType.Aaaa => "has IPv6 address",
                    DnsType.Cname => "is an alias for",
                    DnsType.Mx => "mail is handled by",
                    DnsType.Ptr => "domain name pointer",
                    DnsType.Ns => "name server",
                    _ => $"has {NameOf(record.Type)} record",
                };
                text.Append(CultureInfo.InvariantCulture, $"{record.Name.TrimEnd('.')} {words} {record.Data}\n");
            }

            if (answer.Answers.Count == 0 && outcomes.Count == 1)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name} has no {NameOf(type)} record\n");
            }
        }

        return new BuiltInOutput(0, text.ToString());
    }

    private static void Section(StringBuilder text, IReadOnlyList<DnsRecord> records)
    {
        foreach (var record in records)
        {
            text.Append(CultureInfo.InvariantCulture, $"{record.Name}\t\t{record.TimeToLive}\tIN\t{NameOf(record.Type)}\t{record.Data}\n");
        }
    }

    private static string NameOf(DnsType type) => Enum.IsDefined(type) ? type.ToString().ToUpperInvariant() : string.Create(CultureInfo.InvariantCulture, $"TYPE{(ushort)type}");

    private static string Flags(ushort flags) => string.Concat(
        ((ReadOnlySpan<(int Bit, string Name)>)[(0x8000, " qr"), (0x0400, " aa"), (0x0200, " tc"), (0x0100, " rd"), (0x0080, " ra"), (0x0020, " ad")])
        .ToArray().Where(flag => (flags & flag.Bit) != 0).Select(static flag => flag.Name));
}
