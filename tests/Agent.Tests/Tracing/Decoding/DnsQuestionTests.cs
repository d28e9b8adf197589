using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tests.Tracing.Decoding;

/// <summary>Questions as they come from any process: well-formed, and not.</summary>
public sealed class DnsQuestionTests
{
    [Theory]
    [InlineData("example.org", 1, "A")]
    [InlineData("_sip._tcp.example.org", 33, "SRV")]
    [InlineData("a-b.example", 28, "AAAA")]
    [InlineData("example.org", 65535, "TYPE65535")]
    public void The_name_and_the_type_are_read(string name, int type, string typeName) =>
        Assert.Equal(new DnsQuestion(name, typeName), DnsQuestion.Read(Message(name, type)));

    [Fact]
    public void The_root_is_a_dot() => Assert.Equal(new DnsQuestion(".", "NS"), DnsQuestion.Read(Message("", 2)));

    [Fact]
    public void Bytes_that_no_host_name_has_are_escaped()
    {
        var message = Message("axb.c", 1);
        message[14] = (byte)'.';
        message[17] = 0x1b;

        Assert.Equal("a\\046b.\\027", DnsQuestion.Read(message)!.Value.Name);
    }

    [Fact]
    public void A_message_cut_anywhere_is_no_question()
    {
        var whole = Message("www.example.org", 1);
        for (var length = 0; length < whole.Length - 2; length++)
        {
            Assert.Null(DnsQuestion.Read(whole.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_compressed_name_is_no_question()
    {
        var message = Message("example.org", 1);
        message[12] = 0xc0;

        Assert.Null(DnsQuestion.Read(message));
    }

    [Fact]
    public void A_name_longer_than_any_is_no_question()
    {
        var endless = new byte[700];
        endless[5] = 1;
        for (var at = 12; at < endless.Length; at += 64)
        {
            endless[at] = 63;
        }

        Assert.Null(DnsQuestion.Read(endless));
    }

    [Fact]
    public void Any_bytes_are_read_without_a_fault()
    {
        var random = new Random(53);
        var bytes = new byte[300];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            DnsQuestion.Read(bytes.AsSpan(0, random.Next(bytes.Length)));
        }
    }

    [Theory]
    [InlineData(0x8180, "NOERROR")]
    [InlineData(0x8183, "NXDOMAIN")]
    [InlineData(0x8182, "SERVFAIL")]
    [InlineData(0x818f, "RCODE15")]
    public void The_answers_code_has_its_name(int flags, string name) => Assert.Equal(name, DnsQuestion.CodeName(flags));

    [Fact]
    public void An_answered_question_tells_its_code()
    {
        var dns = default(WireDns);
        dns.Count = 1;
        Put(ref dns, 0, Message("gone.example", 1), answeredNs: 5_000_000, flags: 0x8183);
        var data = new JsonObject();

        DnsQueries.SetQuestions(data, dns, sentNs: 1_000_000);

        Assert.Equal("""{"query":"gone.example","query_type":"A","answer_code":"NXDOMAIN"}""", data.ToJsonString());
    }

    [Fact]
    public void Two_questions_of_one_call_are_told_apart()
    {
        var dns = default(WireDns);
        dns.Count = 2;
        Put(ref dns, 0, Message("host.example", 1), answeredNs: 2_500_000, flags: 0x8180);
        Put(ref dns, 1, Message("host.example", 28), answeredNs: 0, flags: 0);
        var data = new JsonObject();

        DnsQueries.SetQuestions(data, dns, sentNs: 1_000_000);

        Assert.Equal("host.example", (string?)data["query"]);
        Assert.Equal(
            """[{"query":"host.example","query_type":"A","answer_code":"NOERROR","latency_us":1500},{"query":"host.example","query_type":"AAAA"}]""",
            data["queries"]!.ToJsonString());
    }

    [Fact]
    public void Behind_the_length_of_a_stream_the_message_is_found()
    {
        var message = Message("tcp.example", 16);
        var dns = default(WireDns);
        dns.Count = 1;
        Put(ref dns, 0, [0, (byte)message.Length, .. message], answeredNs: 0, flags: 0);
        dns.Questions[0].At = 2;
        var data = new JsonObject();

        DnsQueries.SetQuestions(data, dns, sentNs: 0);

        Assert.Equal("""{"query":"tcp.example","query_type":"TXT"}""", data.ToJsonString());
    }

    private static void Put(ref WireDns dns, int index, byte[] payload, ulong answeredNs, ushort flags)
    {
        dns.Questions[index].AnsweredNs = answeredNs;
        dns.Questions[index].Flags = flags;
        dns.Questions[index].Length = (ushort)payload.Length;
        payload.CopyTo(dns.Questions[index].Payload);
    }

    private static byte[] Message(string name, int type)
    {
        var bytes = new List<byte>([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            bytes.Add((byte)label.Length);
            bytes.AddRange(Encoding.ASCII.GetBytes(label));
        }

        var tail = new byte[5];
        BinaryPrimitives.WriteUInt16BigEndian(tail.AsSpan(1), (ushort)type);
        tail[4] = 1;
        return [.. bytes, .. tail];
    }
}
