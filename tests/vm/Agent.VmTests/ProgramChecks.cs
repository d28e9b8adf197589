using System.Text.Json.Nodes;

namespace Sonde.VmTests;

/// <summary>What must hold of every program's result, and what a case expects of it beyond that.</summary>
/// <param name="expectation">Compares.</param>
/// <param name="mayMiss">Whether this kernel preempts programs: then it may count hits as missed, and exact figures are short by at most those.</param>
/// <param name="besidePeer">
/// Whether another tracer works there. While its bpf() call changes a map, the kernel runs no tracepoint's program on that processor (bpf_disable_instrumentation):
/// then others' hits may be missed, and exact figures stay exact.
/// </param>
internal sealed class ProgramChecks(Expectation expectation, bool mayMiss, bool besidePeer = false)
{
    /// <summary>Every difference between <c>expect</c> of a case and <c>ebpf_results</c>.</summary>
    public IEnumerable<string> Differences(JsonObject expect, JsonObject results)
    {
        foreach (var (name, expected) in expect)
        {
            var found = results.Where(result => (string?)result.Value?["program_name"] == name).Select(result => result.Value!.AsObject()).ToList();
            if (found is not [var actual])
            {
                yield return $"{name}: {found.Count} results of that name";
                continue;
            }

            var wanted = (JsonObject)expectation.Chosen(expected)!.DeepClone();
            wanted.Remove("every_event", out var every);
            if (!wanted.ContainsKey("error"))
            {
                wanted["error"] = null;
                foreach (var difference in Arithmetic(name, actual, mayLose: wanted["counts"]?["lost"] is not null, mayMissHere: mayMiss || besidePeer || wanted["counts"]?["missed"] is not null))
                {
                    yield return difference;
                }
            }

            if (mayMiss && (long?)actual["counts"]?["missed"] is > 0 and var missed)
            {
                AllowFor(missed, wanted, actual, "event_count");
                AllowFor(missed, wanted["counts"], actual["counts"], "matched");
                AllowFor(missed, wanted["counts"], actual["counts"], "filtered");
            }

            foreach (var difference in expectation.Differences(name, wanted, actual))
            {
                yield return difference;
            }

            foreach (var difference in EveryEvent(name, every, actual["events"]?.AsArray() ?? []))
            {
                yield return difference;
            }
        }
    }

    private IEnumerable<string> EveryEvent(string name, JsonNode? every, JsonArray events) => every is null
        ? []
        : events.SelectMany((item, index) => expectation.Differences($"{name}.events[{index}]", every, item))
            .Concat(events.Count == 0 ? [$"{name}: no event in the sample"] : []);

    private static void AllowFor(long missed, JsonNode? wanted, JsonNode? actual, string field)
    {
        if (wanted?[field] is JsonValue value && value.TryGetValue<long>(out var exact) && (long?)actual?[field] is { } have && have <= exact && have >= exact - missed)
        {
            wanted[field] = have;
        }
    }

    private static List<string> Arithmetic(string name, JsonObject actual, bool mayLose, bool mayMissHere)
    {
        if (actual["counts"] is not JsonObject counts)
        {
            return [$"{name}: no counts"];
        }

        long Of(string field) => (long?)counts[field] ?? long.MinValue;
        var faults = new List<string>();
        if (Of("matched") != Of("delivered") + Of("sampled_out") + Of("lost"))
        {
            faults.Add($"{name}: counts do not add up: {counts.ToJsonString()}");
        }

        if ((long?)actual["event_count"] != Of("matched"))
        {
            faults.Add($"{name}: event_count {actual["event_count"]} is not counts.matched {Of("matched")}");
        }

        if (!mayLose && (Of("lost") != 0 || (Of("missed") != 0 && !mayMissHere)))
        {
            faults.Add($"{name}: events were lost or missed: {counts.ToJsonString()}");
        }

        if (string.IsNullOrWhiteSpace((string?)actual["summary"]))
        {
            faults.Add($"{name}: no summary");
        }

        var times = (actual["events"]?.AsArray() ?? []).Select(item => (long)item!["timestamp"]!).ToList();
        if (!times.SequenceEqual(times.Order()))
        {
            faults.Add($"{name}: events are not in time order");
        }

        return faults;
    }
}
