using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sonde.Cli;

namespace Sonde.VmTests;

/// <summary>Whether a case went as it says, from the files that <c>run-case</c> left.</summary>
/// <param name="vmCase">The case.</param>
/// <param name="kernel">A kernel of the matrix, or what else its expectations tell apart, the most special first.</param>
/// <param name="files">What it left, by file name.</param>
internal sealed partial class CaseChecks(VmCase vmCase, IReadOnlyList<string> kernel, IReadOnlyDictionary<string, string> files)
{
    private string Said => $"stderr: {files.GetValueOrDefault("stderr")}{files.GetValueOrDefault("init.err")}{files.GetValueOrDefault("peer.err")}";

    /// <summary>Asserts all of it.</summary>
    /// <param name="mayMiss">Whether this kernel preempts programs.</param>
    /// <param name="lacksFunctions">Whether functions can't be probed here: then a program on one may say so instead of counting.</param>
    public void Check(bool mayMiss, bool lacksFunctions = false)
    {
        foreach (var actor in vmCase.Actors.Keys.Where(actor => !vmCase.Lingers(actor)))
        {
            Assert.True(files.GetValueOrDefault($"{actor}.exit")?.Trim() == "0", $"the workload {actor} failed: {files.GetValueOrDefault($"{actor}.err")}");
        }

        var results = Programs(files["result.json"]);
        Assert.True(results is not null, $"no ebpf_results in what sonde execute printed: {files["result.json"]}; {Said}");

        // Where every program was refused there was no window to interrupt.
        var ranToItsEnd = vmCase.WholeWindow || results.All(result => result.Value!["error"] is not null);
        var exit = ((int)(ranToItsEnd ? ExitCode.Done : ExitCode.Partial)).ToString(CultureInfo.InvariantCulture);
        Assert.True(files["exit"].Trim() == exit, $"sonde execute ended with exit code {files["exit"].Trim()} instead of {exit}; {Said}");

        var expect = vmCase.Expect.DeepClone().AsObject();
        if (lacksFunctions)
        {
            foreach (var (_, expected) in expect)
            {
                // What takes a function's place is the compatibility page's to say.
                expected!.AsObject().Remove("attached");
            }

            foreach (var program in vmCase.Programs.Where(program => (string?)program["type"] != "tracepoint"))
            {
                var name = (string)program["name"]!;
                if ((string?)results.Select(result => result.Value!).FirstOrDefault(result => (string?)result["program_name"] == name)?["error"]?["code"] is "not_traceable" or "unsupported_by_kernel")
                {
                    expect.Remove(name);
                }
            }
        }

        List<string> differences =
            [.. new ProgramChecks(new Expectation(kernel, Figures()), mayMiss, besidePeer: vmCase.Peer is not null).Differences(expect, results), .. PeerDifferences(results)];
        Assert.True(differences.Count == 0, string.Join('\n', differences) + $"\nwhole result: {results.ToJsonString()}\n{Said}");
    }

    /// <summary>The programs' results in what <c>sonde execute</c> printed, or null.</summary>
    public static JsonObject? Programs(string printed)
    {
        try
        {
            return JsonNode.Parse(printed)?["ebpf_results"]?.AsObject();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // What each actor said of itself: {app.pid} from before the gate, {app.switches} and the like from its end.
    private Dictionary<string, string> Figures()
    {
        var figures = new Dictionary<string, string>();
        foreach (var actor in vmCase.Actors.Keys)
        {
            figures[$"{actor}.pid"] = files.GetValueOrDefault($"{actor}.pid", "").Trim();
            if (files.GetValueOrDefault($"{actor}.out") is { Length: > 0 } said)
            {
                foreach (var (name, value) in JsonNode.Parse(said)!.AsObject())
                {
                    figures[$"{actor}.{name}"] = value!.ToString();
                }
            }
        }

        return figures;
    }

    // A map without a hit is not printed.
    private IEnumerable<string> PeerDifferences(JsonObject results)
    {
        if (vmCase.Peer is null)
        {
            yield break;
        }

        var counted = PeerCount().Matches(files.GetValueOrDefault("peer.out", ""))
            .ToDictionary(match => match.Groups[1].Value, match => long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        foreach (var result in results.Select(result => result.Value!))
        {
            var name = (string)result["program_name"]!;
            var (own, peers) = ((long)result["event_count"]!, counted.GetValueOrDefault(name));
            if (peers < own || peers > own + ((long?)result["counts"]?["missed"] ?? 0))
            {
                yield return $"{name}: {own} counted, {peers} by bpftrace ({files.GetValueOrDefault("peer.out")})";
            }
        }
    }

    [GeneratedRegex(@"^@(\w+): (\d+)$", RegexOptions.Multiline)]
    private static partial Regex PeerCount();
}
