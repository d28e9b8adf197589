using System.Text.Json.Nodes;
using Sonde.Benchmarks.Measuring;
using Sonde.Benchmarks.Subjects;

namespace Sonde.Benchmarks.Benches;

/// <summary>Under more than can be taken every call is still accounted for: matched is what the load did, and the sum of where it went.</summary>
internal static class Arithmetic
{
    private const string Target = "syscalls/sys_enter_getppid";
    private const int Calls = 20_000;
    private const int Chunks = 50;

    public static void Run(Workshop workshop, BenchTable table)
    {
        using var one = new Load(workshop, 0);
        Account(workshop, table, "every event wanted, agent stopped for a second: must lose", [one], Agent.Stopped, mustLose: true);
        Account(workshop, table, "every event wanted, agent on the load's CPU", [one], Agent.Starved, mustLose: false);
        using Load two = new(workshop, 0), three = new(workshop, 1), four = new(workshop, 1);
        Account(workshop, table, "every event wanted, four producers on two CPUs", [one, two, three, four], Agent.Free, mustLose: false);
    }

    private static void Account(Workshop workshop, BenchTable table, string what, IReadOnlyList<Load> loads, Agent agent, bool mustLose)
    {
        using var observer = Peers.Stream(workshop, agent == Agent.Starved ? Workshop.LoadCpu : null, Target, keepOutput: true);
        var process = observer.Command;
        foreach (var load in loads)
        {
            load.Begin(Calls, Chunks);
        }

        if (agent == Agent.Stopped)
        {
            ProcessSignal.Send(process, ProcessSignal.Stop);
            Thread.Sleep(TimeSpan.FromSeconds(1));
            ProcessSignal.Send(process, ProcessSignal.Continue);
        }

        foreach (var load in loads)
        {
            load.Finish();
        }

        var lines = observer.Stop().Output.TrimEnd().Split('\n');
        var last = JsonNode.Parse(lines[^1])!;
        var result = last["result"]!.AsObject();
        var counts = result["counts"]!;
        var (matched, delivered, sampledOut, lost) = (Count("matched"), Count("delivered"), Count("sampled_out"), Count("lost"));
        var made = loads.Sum(static load => load.LastRun);
        var counted = loads.Sum(load => Peers.CountOf(result, load.ProcessId));
        var adds = matched == delivered + sampledOut + lost && counted == made && (!mustLose || lost > 0);
        var notPrinted = (long)last["not_printed"]!;
        var streamed = lines.Length - 1 + notPrinted == delivered;
        table.Add(Row.Check(
            what, $"{made} calls, {counted} counted; {matched} = {delivered} + {sampledOut} + {lost}; {lines.Length - 1} lines{(notPrinted > 0 ? $", {notPrinted} not printed" : "")}",
            "to the last one", adds && streamed));

        long Count(string name) => (long)counts[name]!;
    }

    private enum Agent
    {
        Free,
        Starved,
        Stopped,
    }
}
