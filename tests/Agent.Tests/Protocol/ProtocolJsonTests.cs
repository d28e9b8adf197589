using System.Text.Json.Nodes;
using Sonde.Protocol;

namespace Sonde.Tests.Protocol;

public sealed class ProtocolJsonTests
{
    [Fact]
    public void Results_are_written_with_the_contracts_names()
    {
        var results = new RoundResults
        {
            Round = 1,
            CommandResults = [new CommandResult { Id = "net", Command = "ss -tulpn", ExitCode = 0, DurationMs = 12 }],
        };

        Assert.Equal(
            """{"round":1,"command_results":[{"id":"net","command":"ss -tulpn","exit_code":0,"stdout":"","stderr":"","duration_ms":12,"truncated":false}],"ebpf_results":{}}""",
            ProtocolJson.Write(results));
    }

    [Fact]
    public void Results_are_read_back_as_they_were_written()
    {
        var results = new RoundResults
        {
            Round = 2,
            EbpfResults = new Dictionary<string, ProgramResult>
            {
                ["tcp_1"] = new ProgramResult
                {
                    ProgramName = "tcp",
                    Type = ProbeType.Kprobe,
                    Target = "tcp_connect",
                    StartTime = DateTimeOffset.UnixEpoch,
                    EndTime = DateTimeOffset.UnixEpoch.AddSeconds(5),
                    EventCount = 3,
                    Events =
                    [
                        new TraceEvent
                        {
                            Timestamp = 1, ProcessId = 2, ThreadId = 3, UserId = 4, ProcessName = "curl", EventType = "tcp_connect",
                            Data = new JsonObject { ["destination"] = "127.0.0.1:5999" },
                        },
                    ],
                    Statistics = new TraceStatistics { ByKey = [new KeyCount("destination=127.0.0.1:5999", 3)], Errors = new Dictionary<string, long> { ["ECONNREFUSED"] = 3 } },
                },
            },
        };

        var read = ProtocolJson.Read<RoundResults>(ProtocolJson.Write(results));

        Assert.Equal(ProtocolJson.Write(results), ProtocolJson.Write(read));
        Assert.Equal("127.0.0.1:5999", (string?)read.EbpfResults["tcp_1"].Events[0].Data["destination"]);
    }

    [Fact]
    public void Text_that_is_no_document_is_told_from_one() => Assert.False(ProtocolJson.TryRead<RoundResults>("{\"round\":", out _));
}
