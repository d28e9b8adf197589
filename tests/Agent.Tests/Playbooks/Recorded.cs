using System.Text.Json.Nodes;
using Sonde.Dialogue;
using Sonde.Playbooks;
using Sonde.Protocol;

namespace Sonde.Tests.Playbooks;

/// <summary>Results as the agent sends them, written by hand for the detectors: test data, no recording of a kernel.</summary>
internal static class Recorded
{
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);

    public const string NoListeners =
        """
        State  Recv-Q Send-Q Local Address:Port  Peer Address:Port Process
        LISTEN 0      128          0.0.0.0:22         0.0.0.0:*     users:(("sshd",pid=701,fd=3))
        LISTEN 0      244        127.0.0.1:5432       0.0.0.0:*     users:(("postgres",pid=812,fd=6))
        LISTEN 0      4096            [::]:22            [::]:*     users:(("sshd",pid=701,fd=4))
        """;

    public static TraceEvent Event(double second, int pid, string name, string type, JsonObject data, uint uid = 0) => new()
    {
        Timestamp = (Start.ToUnixTimeMilliseconds() + (long)(second * 1000)) * 1_000_000,
        ProcessId = pid,
        ThreadId = pid,
        UserId = uid,
        ProcessName = name,
        EventType = type,
        Data = data,
    };

    public static TraceEvent Connect(double second, int pid, string name, string destination, string? error) =>
        Event(second, pid, name, "sys_enter_connect", Outcome(new JsonObject { ["fd"] = 3, ["family"] = "AF_INET", ["destination"] = destination }, error, 0));

    public static TraceEvent Open(double second, int pid, string name, string path, string? error, uint uid = 0) =>
        Event(second, pid, name, "sys_enter_openat", Outcome(new JsonObject { ["filename"] = path, ["flags"] = "O_RDONLY" }, error, 3), uid);

    public static KeyValuePair<string, ProgramResult> Program(string name, string target, IReadOnlyList<TraceEvent> events, long? matched = null, ProbeType type = ProbeType.Tracepoint) =>
        new($"{name}_{Start.ToUnixTimeSeconds()}", new ProgramResult
        {
            ProgramName = name,
            Type = type,
            Target = target,
            Attached = $"tracepoint:{target}",
            StartTime = Start,
            EndTime = Start.AddSeconds(12),
            EventCount = matched ?? events.Count,
            Counts = new EventCounts { Matched = matched ?? events.Count, Delivered = matched ?? events.Count },
            Events = events,
            Statistics = new TraceStatistics
            {
                Errors = events.Select(e => e.Data["error"]?.GetValue<string>()).OfType<string>().GroupBy(e => e).ToDictionary(g => g.Key, g => (long)g.Count()),
            },
        });

    public static KeyValuePair<string, ProgramResult> Failed(string name, string target, string code) =>
        new($"{name}_{Start.ToUnixTimeSeconds()}", new ProgramResult
        {
            ProgramName = name,
            Type = ProbeType.Tracepoint,
            Target = target,
            StartTime = Start,
            EndTime = Start,
            Error = new ProgramError { Code = code, Message = "CAP_BPF is missing: run as root." },
        });

    public static CommandResult Command(string id, string stdout, string? command = null) =>
        new() { Id = id, Command = command ?? id, ExitCode = 0, Stdout = stdout, DurationMs = 20 };

    public static RoundResults Round(int round, IReadOnlyList<CommandResult> commands, params KeyValuePair<string, ProgramResult>[] programs) =>
        new() { Round = round, CommandResults = commands, EbpfResults = programs.ToDictionary() };

    public static CaseFile Case(string issue, params RoundResults[] rounds) => new(issue, new HostFacts { Hostname = "shop-1", Cpus = 2 }, rounds);

    public static ChatMessage Opening(string issue) =>
        new(ChatRole.User, new FirstMessage { Host = new HostFacts { Hostname = "shop-1", Cpus = 2 }, Issue = issue }.Write());

    public static ChatMessage Sent(RoundResults results) => new(ChatRole.User, ProtocolJson.Write(results));

    private static JsonObject Outcome(JsonObject data, string? error, int success)
    {
        data["return_value"] = error is null ? success : -1;
        if (error is not null)
        {
            data["error"] = error;
        }

        return data;
    }
}
