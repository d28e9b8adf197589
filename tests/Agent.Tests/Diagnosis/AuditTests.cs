using System.Runtime.InteropServices;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;
using System.Text.Json.Nodes;
using Sonde.Diagnosis;
using Sonde.Protocol;
using static Sonde.Tests.Diagnosis.ScriptedModel;

namespace Sonde.Tests.Diagnosis;

/// <summary>What a diagnosis keeps and sends: an audit log of all it did, and no secret anywhere.</summary>
public sealed class AuditTests : IDisposable
{
    private const string Secret = "c0rrect-Horse";
    private const string Plan = """{"response_type":"diagnostic","reasoning":"look","commands":[{"id":"env","command":"PGPASSWORD=c0rrect-Horse psql -c x"}],"ebpf_programs":[{"name":"execs","type":"tracepoint","target":"syscalls/sys_enter_execve","duration":5}]}""";
    private const string Found = """{"response_type":"resolution","root_cause":"c0rrect-Horse is wrong","resolution_plan":"change it","confidence":"High"}""";

    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("sonde-audit-").FullName, "session");
    private readonly TestClock _clock = new();
    private readonly List<string> _calls = [];

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public async Task A_secret_of_the_issue_a_command_its_output_or_an_event_is_sent_saved_and_told_nowhere()
    {
        var observer = new RecordingObserver(_calls);
        var layout = new EventLayout("sys_enter_execve", 0);
        layout.Decode(static (_, data) => data["argv"] = new JsonArray("app", "--password", Secret));
        var tracer = new RecordingTracer(_calls)
        {
            Started = sink => sink!.OnRecord("execs_1795413600", new EventDecoder([layout], epochOffsetNs: 0), MemoryMarshal.AsBytes([new WireRecord { TimeNs = 1 }]), 0),
        };
        var runner = new RecordingRunner(_calls) { Output = static (_, _) => Task.FromResult($"DATABASE_URL=postgres://app:{Secret}@db/x\nok\n") };
        var model = new ScriptedModel(Says("no JSON, but c0rrect-Horse"), Says(Plan), Says(Found));

        var report = await RunAsync(model, observer, tracer, runner, static o => o with { Issue = $"login fails with password={Secret}" });

        Assert.Equal(["run PGPASSWORD=c0rrect-Horse psql -c x"], _calls.Where(static c => c.StartsWith("run", StringComparison.Ordinal)));
        Assert.DoesNotContain(Secret, string.Concat(model.Asked.SelectMany(static h => h).Select(static m => m.Content)), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, ProtocolJson.Write(report) + string.Concat(observer.Notices), StringComparison.Ordinal);
        var files = Directory.GetFiles(_folder, "*", SearchOption.AllDirectories);
        Assert.Contains(files, static f => f.EndsWith(".ndjson", StringComparison.Ordinal));
        Assert.All(files, static f => Assert.DoesNotContain(Secret, File.ReadAllText(f), StringComparison.Ordinal));
        Assert.Equal("<secret:1> is wrong", report.Resolution!.RootCause);
        Assert.Equal(1, report.Redactions.Values.Sum());
        Assert.Equal(2, report.Rounds[0].Results.CommandResults[0].Redacted);
    }

    [Fact]
    public async Task Every_step_is_a_line_as_it_happens()
    {
        List<string> whileAsked = [];
        var model = new ScriptedModel(Says(Plan, 7), (_, _) =>
        {
            whileAsked.AddRange(Events());
            return Task.FromResult(new Sonde.Dialogue.ModelReply(Found, 8));
        });

        await RunAsync(model, new RecordingObserver(_calls), new RecordingTracer(_calls), new RecordingRunner(_calls));

        Assert.Equal(["started", "model_asked", "reply", "round_started", "program_attached", "command", "round_ended", "model_asked"], whileAsked);
        Assert.Equal([.. whileAsked, "reply", "ended"], Events());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, AuditLog.FileName)));
        var command = Lines().Single(static l => (string?)l["event"] == "command");
        Assert.Equal(("env", "PGPASSWORD=<secret:1> psql -c x", "unconfined", 0, 2), ((string?)command["id"], (string?)command["command"], (string?)command["verdict"], (int?)command["exit_code"], (int?)command["redacted"]));
        var reply = Lines().First(static l => (string?)l["event"] == "reply");
        Assert.Equal(("diagnostic", 1, 1, 7), ((string?)reply["read"], (int?)reply["commands"], (int?)reply["programs"], (int?)reply["tokens"]));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Plan))), (string?)reply["sha256"]);
    }

    [Fact]
    public async Task A_cut_never_leaves_half_a_secret()
    {
        // The middle of this output, where it is cut for the results, lies inside the key.
        var key = string.Join('\n', Enumerable.Range(0, 40).Select(static i => new string((char)('a' + (i % 26)), 63) + i % 10));
        var output = $"{new string('x', 40_000)}\n-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n{new string('y', 40_000)}\n";
        var runner = new RecordingRunner(_calls) { Output = (_, _) => Task.FromResult(output) };

        var report = await RunAsync(new ScriptedModel(Says(Plan), Says(Found)), new RecordingObserver(_calls), new RecordingTracer(_calls), runner);

        var result = report.Rounds[0].Results.CommandResults[0];
        Assert.True(result.Truncated);
        Assert.All(key.Split('\n'), line => Assert.DoesNotContain(line, result.Stdout, StringComparison.Ordinal));
    }

    private List<JsonNode> Lines() => [.. File.ReadAllLines(Path.Combine(_folder, AuditLog.FileName)).Select(static l => JsonNode.Parse(l)!)];

    private IEnumerable<string> Events() => Lines().Select(static l => (string)l["event"]!);

    private Task<DiagnosisReport> RunAsync(
        ScriptedModel model, RecordingObserver observer, RecordingTracer tracer, RecordingRunner runner, Func<InvestigationOptions, InvestigationOptions>? with = null)
    {
        var options = new InvestigationOptions { Issue = "it is slow", Session = SessionId.Create(_clock), ReportDirectory = _folder, Time = _clock };
        return Investigation.RunAsync(with?.Invoke(options) ?? options, model, tracer, runner, observer, TestContext.Current.CancellationToken);
    }
}
