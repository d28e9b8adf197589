using System.Net;
using Sonde.Commands.BuiltIns;

namespace Sonde.Tests.Commands.BuiltIns;

public sealed class DnsMessageTests
{
    [Fact]
    public void A_question_is_written_as_the_protocol_has_it()
    {
        var question = DnsMessage.Question(0x1234, "ab.example", DnsType.Aaaa);

        Assert.Equal("12340100000100000000000002616207" + "6578616D706C6500001C0001", Convert.ToHexString(question!));
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData("ünicode.example")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123.example")]
    public void A_name_that_DNS_cannot_carry_is_no_question(string name) => Assert.Null(DnsMessage.Question(1, name, DnsType.A));

    [Fact]
    public void An_answer_with_compressed_names_is_read()
    {
        var answer = DnsMessage.Read(Convert.FromHexString(
            "12348180000100020000000002616207" + "6578616D706C6500000F0001"
            + "C00C000500010000003C0004" + "017AC00F"
            + "C00C000F000100000E100009" + "000A" + "046D61696CC00F"));

        Assert.Equal((0x1234, 0, "NOERROR"), (answer.Id, answer.Code, answer.Status));
        Assert.Equal(
            [new DnsRecord("ab.example.", 60, DnsType.Cname, "z.example."), new DnsRecord("ab.example.", 3600, DnsType.Mx, "10 mail.example.")],
            answer.Answers);
    }

    [Theory]
    [InlineData("1234")]
    [InlineData("123481800001000100000000")]
    [InlineData("123481800001000000000000C00C00010001")]
    [InlineData("1234818000010001000000000161000001000102")]
    public void A_malformed_answer_is_an_error_of_its_own_kind(string hex) => Assert.Throws<InvalidDataException>(() => DnsMessage.Read(Convert.FromHexString(hex)));

    [Fact]
    public void The_hosts_servers_and_search_domains_are_read()
    {
        var (servers, search) = DnsClient.HostConfiguration(["# x", "nameserver 10.0.0.1", "nameserver  fd00::1", "search a.example b.example", "options ndots:5"]);

        Assert.Equal([new IPEndPoint(IPAddress.Parse("10.0.0.1"), 53), new IPEndPoint(IPAddress.Parse("fd00::1"), 53)], servers);
        Assert.Equal(["a.example", "b.example"], search);
    }

    [Fact]
    public void Names_of_the_hosts_file_are_found_whatever_their_place_and_case() => Assert.Equal(
        [IPAddress.Parse("10.0.0.9"), IPAddress.Parse("fd00::9")],
        HostsFile.AddressesOf("Web", ["127.0.0.1 localhost", "10.0.0.9\tdb web # web", "fd00::9 web", "# 10.0.0.8 web", "bad web"]));
}
