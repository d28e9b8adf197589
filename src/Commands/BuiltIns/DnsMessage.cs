using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Sonde.Commands.BuiltIns;

/// <summary>Types of DNS records that can be asked for (RFC 1035, 2782, 3596).</summary>
internal enum DnsType : ushort
{
    A = 1,
    Ns = 2,
    Cname = 5,
    Soa = 6,
    Ptr = 12,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Any = 255,
}

/// <summary>One record of an answer.</summary>
/// <param name="Name">Whose it is, with its last dot.</param>
/// <param name="TimeToLive">Seconds.</param>
/// <param name="Type">What it is.</param>
/// <param name="Data">As dig prints it.</param>
internal sealed record DnsRecord(string Name, uint TimeToLive, DnsType Type, string Data);

/// <summary>An answer.</summary>
/// <param name="Id">Of the question.</param>
/// <param name="Code">The response code: 0 no error, 3 no such name.</param>
/// <param name="Flags">The header's flag word.</param>
/// <param name="Answers">Its answer section.</param>
/// <param name="Authorities">Its authority section.</param>
internal sealed record DnsAnswer(ushort Id, int Code, ushort Flags, IReadOnlyList<DnsRecord> Answers, IReadOnlyList<DnsRecord> Authorities)
{
    private static readonly string[] Codes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

    /// <summary>Whether it was cut and must be asked for again over TCP.</summary>
    public bool IsTruncated => (Flags & 0x0200) != 0;

    /// <summary>The code's name.</summary>
    public string Status => Code < Codes.Length ? Codes[Code] : string.Create(CultureInfo.InvariantCulture, $"RCODE{Code}");
}

/// <summary>DNS messages on the wire: questions written, answers read. A malformed answer is an <see cref="InvalidDataException"/>.</summary>
internal static class DnsMessage
{
    private const int HeaderLength = 12;
    private const int MostJumps = 64; // Compression that points in circles ends.

    /// <summary>A question with recursion desired; null where the name can't be asked for.</summary>
    public static byte[]? Question(ushort id, string name, DnsType type)
    {
        using var stream = new MemoryStream();
        Span<byte> header = stackalloc byte[HeaderLength];
        BinaryPrimitives.WriteUInt16BigEndian(header, id);
        header[2] = 1; // RD
        header[5] = 1; // One question.
        stream.Write(header);
        foreach (var label in name.TrimEnd('.').Split('.'))
        {
            if (label.Length is 0 or > 63 || !Ascii.IsValid(label))
            {
                if (name is "." or "")
                {
                    break;
                }

                return null;
            }

            stream.WriteByte((byte)label.Length);
            stream.Write(Encoding.ASCII.GetBytes(label));
        }

        stream.Write([0, (byte)((ushort)type >> 8), (byte)type, 0, 1]);
        return stream.Length <= 512 ? stream.ToArray() : null;
    }

    /// <summary>Reads an answer.</summary>
    public static DnsAnswer Read(ReadOnlySpan<byte> message)
    {
        if (message.Length < HeaderLength)
        {
            throw new InvalidDataException("the answer is shorter than a header");
        }

        var flags = Word(message, 2);
        var at = HeaderLength;
        for (var i = Word(message, 4); i > 0; i--)
        {
            Name(message, ref at);
            at += 4;
        }

        var answers = Records(message, ref at, Word(message, 6));
        var authorities = Records(message, ref at, Word(message, 8));
        return new DnsAnswer(Word(message, 0), flags & 0xf, flags, answers, authorities);
    }

    private static List<DnsRecord> Records(ReadOnlySpan<byte> message, ref int at, int count)
    {
        var records = new List<DnsRecord>();
        for (var i = 0; i < count; i++)
        {
            var name = Name(message, ref at);
            var type = (DnsType)Word(message, at);
            var timeToLive = BinaryPrimitives.ReadUInt32BigEndian(Slice(message, at + 4, 4));
            var length = Word(message, at + 8);
            at += 10;
            records.Add(new DnsRecord(name, timeToLive, type, Data(message, at, length, type)));
            at += length;
        }

        return records;
    }

    private static string Data(ReadOnlySpan<byte> message, int at, int length, DnsType type)
    {
        var bytes = Slice(message, at, length);
        switch (type)
        {
            case DnsType.A when length == 4:
            case DnsType.Aaaa when length == 16:
                return new IPAddress(bytes).ToString();
            case DnsType.Ns or DnsType.Cname or DnsType.Ptr:
                return Name(message, ref at);
            case DnsType.Mx:
                var preference = Word(message, at);
                at += 2;
                return string.Create(CultureInfo.InvariantCulture, $"{preference} {Name(message, ref at)}");
            case DnsType.Srv:
                var (priority, weight, port) = (Word(message, at), Word(message, at + 2), Word(message, at + 4));
                at += 6;
                return string.Create(CultureInfo.InvariantCulture, $"{priority} {weight} {port} {Name(message, ref at)}");
            case DnsType.Soa:
                var server = Name(message, ref at);
                var mailbox = Name(message, ref at);
                var numbers = new uint[5];
                for (var i = 0; i < numbers.Length; i++)
                {
                    numbers[i] = BinaryPrimitives.ReadUInt32BigEndian(Slice(message, at + (4 * i), 4));
                }

                return $"{server} {mailbox} {string.Join(' ', numbers)}";
            case DnsType.Txt:
                return Texts(bytes);
            default:
                return $"\\# {length} {Convert.ToHexString(bytes)}";
        }
    }

    private static string Texts(ReadOnlySpan<byte> bytes)
    {
        var texts = new List<string>();
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(bytes[0], bytes.Length - 1);
            texts.Add($"\"{OutputText.FromBytes(bytes.Slice(1, length)).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
            bytes = bytes[(1 + length)..];
        }

        return string.Join(' ', texts);
    }

    private static string Name(ReadOnlySpan<byte> message, ref int at)
    {
        var name = new StringBuilder();
        var position = at;
        var jumps = 0;
        while (true)
        {
            var length = Slice(message, position, 1)[0];
            if (length >= 0xc0)
            {
                if (++jumps > MostJumps)
                {
                    throw new InvalidDataException("a name points at itself");
                }

                at = jumps == 1 ? position + 2 : at;
                position = Word(message, position) & 0x3fff;
                continue;
            }

            position++;
            if (length == 0)
            {
                at = jumps == 0 ? position : at;
                return name.Length == 0 ? "." : name.ToString();
            }

            name.Append(OutputText.FromBytes(Slice(message, position, length))).Append('.');
            position += length;
        }
    }

    private static ushort Word(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt16BigEndian(Slice(message, at, 2));

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> message, int at, int length) =>
        at >= 0 && at + length <= message.Length ? message.Slice(at, length) : throw new InvalidDataException("the answer ends in the middle of a record");
}
