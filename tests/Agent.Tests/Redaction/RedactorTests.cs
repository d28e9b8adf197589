using System.Text;
using System.Text.Json.Nodes;
using Sonde.Protocol;
using Sonde.Redaction;

namespace Sonde.Tests.Redaction;

public sealed class RedactorTests
{
    private readonly Redactor _redactor = new();

    public static TheoryData<string> Kinds => [.. PlantedSecrets.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Planted_secrets_of_each_kind_are_gone(string kind)
    {
        Planted[] planted = [.. new PlantedSecrets(20261124).Make(each: 60).Where(p => p.Kind == kind)];

        var seen = planted.Where(static p => IsSeen(p, new Redactor().Redact(p.Text))).Select(static p => p.Text).ToList();

        Assert.True(seen.Count * 100 <= planted.Length, $"{seen.Count} of {planted.Length} are still there: {string.Join("\n", seen.Take(5))}");
    }

    [Fact]
    public void Of_200_planted_secrets_of_20_kinds_99_percent_are_gone_from_one_large_text()
    {
        Planted[] planted = [.. new PlantedSecrets(4711).Make(each: 10)];
        var text = string.Join("\n-- \n", planted.Select(static p => p.Text));

        var redacted = _redactor.Redact(text);

        var seen = planted.Where(p => IsSeen(p, redacted)).ToList();
        TestContext.Current.TestOutputHelper!.WriteLine($"{planted.Length - seen.Count} of {planted.Length} planted secrets are gone");
        Assert.Equal(200, planted.Length);
        Assert.True(seen.Count <= 2, string.Join("\n", seen.Select(static p => p.Text)));
    }

    [Fact]
    public void At_most_1_percent_of_benign_tokens_are_altered()
    {
        (string Line, string Token)[] benign = [.. new BenignTokens(20261124).Make(each: 40)];

        var altered = benign.Where(b => !_redactor.Redact(b.Line).Contains(b.Token, StringComparison.Ordinal)).ToList();

        TestContext.Current.TestOutputHelper!.WriteLine($"{altered.Count} of {benign.Length} benign tokens are altered");
        Assert.True(altered.Count * 100 <= benign.Length, $"{altered.Count} of {benign.Length}: {string.Join("\n", altered.Take(8).Select(b => _redactor.Redact(b.Line)))}");
    }

    [Fact]
    public void The_same_secret_has_the_same_number_in_every_text_and_another_secret_another()
    {
        Assert.Equal("postgres://a:<secret:1>@db", _redactor.Redact("postgres://a:c0rrect-Horse@db"));
        Assert.Equal("PGPASSWORD=<secret:1> psql", _redactor.Redact("PGPASSWORD=c0rrect-Horse psql"));
        Assert.Equal("PGPASSWORD=<secret:2> psql", _redactor.Redact("PGPASSWORD=b4ttery-Staple psql"));
        Assert.Equal("{\"password\": \"<secret:2>\"}", _redactor.Redact("{\"password\": \"b4ttery-Staple\"}"));
        Assert.Equal(new Dictionary<string, long> { ["password"] = 1, ["url_password"] = 1 }, _redactor.Counts);
    }

    [Fact]
    public void A_secret_that_was_told_once_is_found_where_nothing_tells_it()
    {
        Assert.Equal("line k9Xw2Lp0Qz7t", _redactor.Redact("line k9Xw2Lp0Qz7t"));
        Assert.Equal("<secret:1> and api_key=<secret:1>", _redactor.Redact("k9Xw2Lp0Qz7t and api_key=k9Xw2Lp0Qz7t"));
        Assert.Equal("line <secret:1>", _redactor.Redact("line k9Xw2Lp0Qz7t"));
    }

    [Fact]
    public void A_key_is_one_secret_on_lines_in_one_line_and_escaped()
    {
        string[] lines = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "MSkzvGZJnp2vFwXh8Q=="];
        var key = $"-----BEGIN PRIVATE KEY-----\n{string.Join('\n', lines)}\n-----END PRIVATE KEY-----";

        Assert.Equal("-----BEGIN PRIVATE KEY-----\n<secret:1>\n-----END PRIVATE KEY-----", _redactor.Redact(key));
        Assert.Contains("<secret:1>", _redactor.Redact(key.Replace("\n", "\\n", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain(lines[1], _redactor.Redact($"…{lines[0]}\n{lines[1]}\n-----END PRIVATE KEY-----"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("db:\n  password: |\n    c0rrect-Horse\n    b4ttery-Staple\n  user: x", "db:\n  password: |\n    <secret:1>\n  user: x")]
    [InlineData("token: >-\n  c0rrect-Horse", "token: >-\n  <secret:1>")]
    [InlineData("password: |\nuser: x", "password: |\nuser: x")]
    public void A_block_of_lines_in_YAML_is_one_secret(string text, string redacted) => Assert.Equal(redacted, _redactor.Redact(text));

    [Fact]
    public void What_was_redacted_stays_as_it_is()
    {
        foreach (var planted in new PlantedSecrets(7).Make(each: 10))
        {
            var once = _redactor.Redact(planted.Text);

            Assert.Equal(once, _redactor.Redact(once));
        }
    }

    [Fact]
    public void An_argument_vector_is_read_as_a_whole()
    {
        var traced = new TraceEvent
        {
            Timestamp = 1,
            ProcessId = 1,
            ThreadId = 1,
            UserId = 0,
            ProcessName = "mysql",
            EventType = "sys_enter_execve",
            Data = new JsonObject { ["filename"] = "/usr/bin/mysql", ["argv"] = new JsonArray("mysql", "--password", "hunter2", "-uroot"), ["big"] = 9007199254740993 },
        };

        var redacted = _redactor.Redact(traced);

        Assert.Contains(""" "data":{"filename":"/usr/bin/mysql","argv":["mysql","--password","<secret:1>","-uroot"],"big":9007199254740993} """.Trim(), ProtocolJson.Write(redacted), StringComparison.Ordinal);
        Assert.Equal("hunter2", (string?)traced.Data["argv"]![2]);
    }

    [Fact]
    public void A_document_without_secrets_is_handed_back_as_it_is()
    {
        var plan = new DiagnosticPlan { Commands = [new CommandRequest { Id = "a", Command = "ss -t" }] };

        Assert.Same(plan, _redactor.Redact(plan));
    }

    [Theory]
    [InlineData("token=")]
    [InlineData("://a:")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    [InlineData("-----END PRIVATE KEY-----\n")]
    [InlineData("mysql -p ")]
    [InlineData("authorization: basic ")]
    [InlineData("eyJhbGci.")]
    [InlineData("machine a login b ")]
    [InlineData("cookie: a=b; ")]
    [InlineData("pass")]
    [InlineData("$6$")]
    [InlineData("password=a1B2c3D4e5;")]
    [InlineData("a")]
    [InlineData("a:")]
    [InlineData("AKIA")]
    public void Half_a_mebibyte_of_anything_takes_a_bounded_number_of_steps(string piece)
    {
        // Were a search not linear, this would not end within the project's time.
        var text = string.Concat(Enumerable.Repeat(piece, (512 << 10) / piece.Length));
        var redacted = _redactor.Redact(text);

        Assert.NotEmpty(redacted);
    }

    // A secret is seen where eight characters of it in a row are.
    private static bool IsSeen(Planted planted, string redacted) =>
        planted.Secret.Any(part => Enumerable.Range(0, Math.Max(1, part.Length - 7)).Any(i => redacted.Contains(part.Substring(i, Math.Min(8, part.Length)), StringComparison.Ordinal)));
}
