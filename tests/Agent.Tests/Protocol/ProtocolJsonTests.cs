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
}
