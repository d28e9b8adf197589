using System.Buffers.Binary;
using System.Text;

namespace Sonde.Tracing.Decoding;

/// <summary>The first question of a DNS message (RFC 1035), which comes from outside and may be anything.</summary>
/// <param name="Name">The name asked for; bytes that are no letters of a host name are escaped.</param>
/// <param name="Type">The record type by name.</param>
internal readonly record struct DnsQuestion(string Name, string Type)
{
    private const int HeaderSize = 12;
    private const int LongestName = 255;
    private const int LongestLabel = 63;

    private static readonly Dictionary<int, string> Types = new()
    {
        [1] = "A",
        [2] = "NS",
        [5] = "CNAME",
        [6] = "SOA",
        [12] = "PTR",
        [13] = "HINFO",
        [15] = "MX",
        [16] = "TXT",
        [28] = "AAAA",
        [33] = "SRV",
        [35] = "NAPTR",
        [41] = "OPT",
        [43] = "DS",
        [46] = "RRSIG",
        [48] = "DNSKEY",
        [52] = "TLSA",
        [64] = "SVCB",
        [65] = "HTTPS",
        [99] = "SPF",
        [251] = "IXFR",
        [252] = "AXFR",
        [255] = "ANY",
        [257] = "CAA",
    };

    private static readonly string[] Codes =
    [
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",
    ];

    /// <summary>Reads the question; null where the bytes hold none, or end within it.</summary>
    public static DnsQuestion? Read(ReadOnlySpan<byte> message)
    {
        if (message.Length < HeaderSize || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) == 0)
        {
            return null;
        }

        var name = new StringBuilder();
        var rest = message[HeaderSize..];
        var length = 0;
        while (true)
        {
            if (rest.IsEmpty)
            {
                return null;
            }

            int label = rest[0];
            if (label == 0)
            {
                break;
            }

            // A question's name is never compressed: a pointer here is no question that anybody answers.
            length += label + 1;
            if (label > LongestLabel || length > LongestName || rest.Length <= label)
            {
                return null;
            }

            Append(name, rest.Slice(1, label));
            rest = rest[(label + 1)..];
        }

        return rest.Length < 3 ? null : new DnsQuestion(name.Length == 0 ? "." : name.ToString(), TypeName(BinaryPrimitives.ReadUInt16BigEndian(rest[1..])));
    }

    /// <summary>The response code in the second word of an answer's header.</summary>
    public static string CodeName(int flags) => (flags & 0xf) is var code && code < Codes.Length ? Codes[code] : $"RCODE{code}";

    private static string TypeName(int type) => Types.GetValueOrDefault(type) ?? $"TYPE{type}";

    private static void Append(StringBuilder name, ReadOnlySpan<byte> label)
    {
        if (name.Length > 0)
        {
            name.Append('.');
        }

        foreach (var value in label)
        {
            if (char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'_')
            {
                name.Append((char)value);
            }
            else
            {
                name.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\{value:d3}");
            }
        }
    }
}
