namespace Sonde.Protocol.Reading;

/// <summary>Reads <c>ebpf_programs</c>. Every item becomes a request; one that can't run carries its fault.</summary>
internal static class ProgramListReader
{
    // Beyond this, a fault for each would only fill the model's context.
    private const int MostAnswered = 64;

    public static IReadOnlyList<ProgramRequest> Read(ReplyValue? value, List<string> remarks)
    {
        var items = Items(value);
        if (items.Count > MostAnswered)
        {
            remarks.Add($"$.ebpf_programs: {items.Count} programs were sent; those after the first {MostAnswered} were left out");
        }

        var names = new HashSet<string>();
        var programs = new List<ProgramRequest>();
        var runnable = 0;
        foreach (var (name, path, item) in items.Take(MostAnswered))
        {
            var program = ProgramReader.Read(item, path, name, names);
            if (program.Fault is null && ++runnable > ProgramRequest.MostPerRound)
            {
                program = program with
                {
                    Fault = ProgramReader.FaultOf(
                        $"at most {ProgramRequest.MostPerRound} programs run in one round; ask for this one in the next"),
                };
            }

            programs.Add(program);
        }

        return programs;
    }

    private static List<(string? Name, string Path, ReplyValue Item)> Items(ReplyValue? value)
    {
        // A map from name to program instead of a list.
        if (value is { Kind: ReplyKind.Object } && value.Find("target", "type") is null
            && value.Members.All(member => member.Value.Kind == ReplyKind.Object))
        {
            return
            [
                .. value.Members.Select(member =>
                    ((string?)member.Key, $"$.ebpf_programs.{SafeText.Quote(member.Key)}", member.Value)),
            ];
        }

        return [.. (value?.AsList() ?? []).Select((item, i) => ((string?)null, $"$.ebpf_programs[{i}]", item))];
    }
}
