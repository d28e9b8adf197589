using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sonde.Benchmarks.Subjects;

/// <summary>The product and its peers as observers, each ready when these return.</summary>
internal static class Peers
{
    /// <summary>The most that can be asked for: no governor in the way of what is measured.</summary>
    public const string Unlimited = "1000";

    /// <summary>What nobody asked to change.</summary>
    public const string Usual = "5";

    /// <summary>The published binary running a plan; its output is the result's JSON.</summary>
    /// <param name="workshop">Where it is.</param>
    /// <param name="cpu">Pinned there; null for anywhere.</param>
    /// <param name="budget">Percent of a CPU that each program may take: what must run to the end, however hot, gets <see cref="Unlimited"/>.</param>
    /// <param name="programs">As in a plan: type, target and whatever else.</param>
    public static Observer Execute(Workshop workshop, int? cpu, string budget, params IReadOnlyList<JsonObject> programs)
    {
        var plan = workshop.NewFile("plan.json");
        var ready = workshop.NewFile("ready");
        File.WriteAllText(plan, new JsonObject { ["response_type"] = "diagnostic", ["ebpf_programs"] = new JsonArray([.. programs]) }.ToJsonString());
        return Observer.Start(workshop, cpu, keepOutput: true, workshop.Binary, "execute", plan, "--overhead-budget", budget, "--ready-file", ready).UntilReady(ready);
    }

    /// <summary>One program of a plan.</summary>
    public static JsonObject Program(string target, string aggregate = "auto", int seconds = 300) => new()
    {
        ["name"] = target.Replace('/', '_'),
        ["type"] = "tracepoint",
        ["target"] = target,
        ["aggregate"] = aggregate,
        ["duration"] = seconds,
    };

    /// <summary>The published binary streaming every event as NDJSON; the last line of its output file is the result.</summary>
    public static Observer Stream(Workshop workshop, int? cpu, string target, bool keepOutput = false)
    {
        var ready = workshop.NewFile("ready");
        return Observer.Start(workshop, cpu, keepOutput, workshop.Binary, "trace", "tracepoint", target, "--json", "--aggregate", "events", "-d", "300", "--overhead-budget", Unlimited, "--ready-file", ready)
            .UntilReady(ready);
    }

    /// <summary>native/counter.c; its output is the count.</summary>
    /// <param name="workshop">Where the helpers are.</param>
    /// <param name="program">Of native/bench.bpf.c: <c>count</c> or <c>count_and_time</c>.</param>
    /// <param name="tracepoints">Their ids.</param>
    public static Observer Counter(Workshop workshop, string program, params int[] tracepoints)
    {
        var ready = workshop.NewFile("ready");
        return Observer.Start(workshop, Workshop.ToolCpu, keepOutput: true, [workshop.Tool("counter"), workshop.Tool("bench.bpf.o"), program, ready, .. tracepoints.Select(Number)])
            .UntilReady(ready);
    }

    /// <summary>native/ring-reader.c; its output is "READ LOST CPU-NS HITS".</summary>
    public static Observer CRingReader(Workshop workshop, int tracepoint, int ringBytes, int burst)
    {
        var ready = workshop.NewFile("ready");
        return Observer.Start(
            workshop, Workshop.ToolCpu, keepOutput: true,
            workshop.Tool("ring-reader"), workshop.Tool("bench.bpf.o"), Number(tracepoint), ready, Number(ringBytes), Number(burst)).UntilReady(ready);
    }

    /// <summary>The product's ring reader in a process of its own (<see cref="RingReaderProcess"/>); the same output.</summary>
    public static Observer SharpRingReader(Workshop workshop, int tracepoint, int ringBytes, int burst)
    {
        var ready = workshop.NewFile("ready");
        return Observer.Start(
            workshop, Workshop.ToolCpu, keepOutput: true,
            Environment.ProcessPath!, RingReaderProcess.Verb, workshop.Tool("bench.bpf.o"), Number(tracepoint), ready, Number(ringBytes), Number(burst)).UntilReady(ready);
    }

    /// <summary>bpftrace with a script to which a sign of life is added: it is ready once that has been printed.</summary>
    public static Observer Bpftrace(Workshop workshop, int? cpu, string script) =>
        Observer.Start(workshop, cpu, keepOutput: true, workshop.Bpftrace!, "-B", "line", "-e", script + " interval:ms:200 { printf(\"attached\\n\"); }")
            .UntilPrinted("attached\n");

    /// <summary>What a plan's results hold.</summary>
    public static IReadOnlyList<JsonObject> Results(Usage usage)
    {
        try
        {
            return [.. JsonNode.Parse(usage.Output)!["ebpf_results"]!.AsObject().Select(static one => one.Value!.AsObject())];
        }
        catch (JsonException)
        {
            throw new InvalidOperationException($"sonde ended with exit code {usage.ExitCode} and no results");
        }
    }

    /// <summary>Matches of one process, counted in the kernel.</summary>
    public static long CountOf(JsonObject result, int process) => result["statistics"]!["by_process"]!.AsArray()
        .Where(one => (int)one!["process_id"]! == process).Sum(static one => (long)one!["count"]!);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
