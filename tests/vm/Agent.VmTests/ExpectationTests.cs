using System.Text.Json.Nodes;

namespace Sonde.VmTests;

/// <summary>The matrix is only as good as its comparison: what it must accept, and what it must not.</summary>
public sealed class ExpectationTests
{
    private static readonly Dictionary<string, string> Pids = new() { ["app.pid"] = "42", ["app.times"] = "3" };

    [Theory]
    [InlineData("20", "20")]
    [InlineData("20", "\"20\"")]
    [InlineData("\"{app.pid}\"", "42")]
    [InlineData("\">={app.times}\"", "3")]
    [InlineData("\"~^127\\\\.0\\\\.0\\\\.1:[0-9]+$\"", "\"127.0.0.1:80\"")]
    [InlineData("\">=3\"", "3")]
    [InlineData("\"<=3\"", "2.5")]
    [InlineData("null", "null")]
    [InlineData("{}", "{\"more\": 1}")]
    [InlineData("{\"a\": {\"b\": 1}, \"absent\": null}", "{\"a\": {\"b\": 1, \"c\": 2}}")]
    [InlineData("[{\"a\": 2}]", "[{\"a\": 1}, {\"a\": 2, \"b\": 0}]")]
    [InlineData("{\"5.10\": \"old\", \"*\": \"new\"}", "\"old\"")]
    [InlineData("{\"machine\": \"shared\", \"*\": \"new\"}", "\"shared\"")]
    [InlineData("{\"machine\": \"shared\", \"5.10\": \"old\", \"*\": \"new\"}", "\"old\"")]
    public void A_result_that_fits_has_no_difference(string expected, string actual) => Assert.Empty(Differences(expected, actual));

    [Theory]
    [InlineData("20", "21")]
    [InlineData("20", "null")]
    [InlineData("null", "0")]
    [InlineData("\"{app.pid}\"", "43")]
    [InlineData("\"~^abc$\"", "\"abcd\"")]
    [InlineData("\">=3\"", "2")]
    [InlineData("\"<=3\"", "4")]
    [InlineData("{\"a\": 1}", "[]")]
    [InlineData("{\"a\": 1}", "{}")]
    [InlineData("{\"a\": null}", "{\"a\": 1}")]
    [InlineData("[{\"a\": 3}]", "[{\"a\": 1}, {\"a\": 2}]")]
    [InlineData("[1]", "null")]
    [InlineData("{\"6.1\": \"old\", \"*\": \"new\"}", "\"old\"")]
    public void A_result_that_does_not_fit_has_one(string expected, string actual) => Assert.Single(Differences(expected, actual));

    [Theory]
    [InlineData("""{"event_count": 3, "counts": {"matched": 3, "delivered": 2, "sampled_out": 0, "lost": 0, "missed": 0}}""", "do not add up")]
    [InlineData("""{"event_count": 4, "counts": {"matched": 3, "delivered": 3, "sampled_out": 0, "lost": 0, "missed": 0}}""", "event_count 4")]
    [InlineData("""{"event_count": 3, "counts": {"matched": 3, "delivered": 2, "sampled_out": 0, "lost": 1, "missed": 0}}""", "lost or missed")]
    [InlineData("""{"event_count": 0, "counts": {"matched": 0, "delivered": 0, "sampled_out": 0, "lost": 0, "missed": 0}}""", "no summary")]
    [InlineData("""{"event_count": 0, "error": {"code": "internal"}}""", "error")]
    public void What_must_hold_of_every_program_is_checked_without_being_asked_for(string program, string named)
    {
        var result = JsonNode.Parse(program)!.AsObject();
        result["program_name"] = "p";
        var checks = new ProgramChecks(new Expectation(["5.10"], Pids), mayMiss: false);
        Assert.Contains(checks.Differences(new JsonObject { ["p"] = new JsonObject() }, new JsonObject { ["p_1"] = result }),
            difference => difference.Contains(named, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(9, 1, true)]
    [InlineData(8, 1, false)]
    [InlineData(11, 1, false)]
    [InlineData(9, 0, false)]
    public void A_count_is_short_by_no_more_than_the_kernel_says_it_missed(int count, int missed, bool fits)
    {
        var result = JsonNode.Parse($$$"""{"program_name": "p", "summary": "s", "event_count": {{{count}}}, "counts": {"matched": {{{count}}}, "delivered": {{{count}}}, "sampled_out": 0, "lost": 0, "missed": {{{missed}}}}}""");
        var checks = new ProgramChecks(new Expectation(["7"], Pids), mayMiss: true);
        var expect = new JsonObject { ["p"] = new JsonObject { ["event_count"] = 10L } };
        Assert.Equal(fits, !checks.Differences(expect, new JsonObject { ["p_1"] = result }).Any());
    }

    [Theory]
    [InlineData(10, true, true)]
    [InlineData(9, true, false)]
    [InlineData(10, false, false)]
    public void Beside_a_peer_hits_may_be_missed_but_only_others(int count, bool besidePeer, bool fits)
    {
        var result = JsonNode.Parse($$$"""{"program_name": "p", "summary": "s", "event_count": {{{count}}}, "counts": {"matched": {{{count}}}, "delivered": {{{count}}}, "sampled_out": 0, "lost": 0, "missed": 1}}""");
        var checks = new ProgramChecks(new Expectation(["6.12"], Pids), mayMiss: false, besidePeer);
        var expect = new JsonObject { ["p"] = new JsonObject { ["event_count"] = 10L } };
        Assert.Equal(fits, !checks.Differences(expect, new JsonObject { ["p_1"] = result }).Any());
    }

    [Fact]
    public void A_program_without_a_result_is_a_difference()
    {
        var checks = new ProgramChecks(new Expectation(["5.10"], Pids), mayMiss: false);
        Assert.Equal(["p: 0 results of that name"], checks.Differences(new JsonObject { ["p"] = new JsonObject() }, []));
    }

    [Fact]
    public void A_frame_cut_short_by_the_end_of_a_guest_is_left_out() => Assert.Empty(GuestResults.Read("noise\n@case a 500\nshort"u8));

    [Fact]
    public void Every_case_reads_and_expects_something_of_each_program() => Assert.All(VmCase.Names, name =>
    {
        var vmCase = VmCase.Load(name);
        Assert.NotEmpty(vmCase.Expect);
        Assert.Equal(vmCase.ProgramNames.Order(), vmCase.Expect.Select(program => program.Key).Order());
    });

    private static List<string> Differences(string expected, string actual) =>
        [.. new Expectation(["5.10", "machine"], Pids).Differences("$", JsonNode.Parse(expected), JsonNode.Parse(actual))];
}
