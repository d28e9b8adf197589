using System.Globalization;
using System.Text.Json.Nodes;

namespace Sonde.VmTests;

/// <summary>The commands of <c>sandbox/mutations.txt</c>, plain and in the carriers of <c>sandbox/carriers.txt</c>.</summary>
internal sealed record MutationGroup(string Name, string Reset, string State, IReadOnlyList<string> Commands);

internal static class MutationCorpus
{
    private const int MostInAPlan = 32;

    public static string Folder => Path.Combine(Repository.Vm, "sandbox");

    /// <summary>All groups, in the file's order.</summary>
    public static IReadOnlyList<MutationGroup> Load()
    {
        var carriers = File.ReadAllLines(Path.Combine(Folder, "carriers.txt")).Where(static line => line.Length > 0 && line[0] != '#').ToList();
        var groups = new List<MutationGroup>();
        string name = "", reset = "", state = "";
        var (commands, carried) = (new List<string>(), new List<string>());
        var next = 0;
        foreach (var line in File.ReadAllLines(Path.Combine(Folder, "mutations.txt")).Append("[]"))
        {
            if (line.StartsWith('['))
            {
                if (commands.Count > 0)
                {
                    groups.Add(new MutationGroup(name.Replace(' ', '-'), reset, state, [.. commands, .. carried]));
                }

                (name, commands, carried) = (line.Trim('[', ']'), [], []);
            }
            else if (line.StartsWith("reset ", StringComparison.Ordinal))
            {
                reset = line[6..];
            }
            else if (line.StartsWith("state ", StringComparison.Ordinal))
            {
                state = line[6..];
            }
            else if (line.StartsWith("= ", StringComparison.Ordinal))
            {
                commands.Add(line[2..]);
            }
            else if (line.StartsWith("- ", StringComparison.Ordinal))
            {
                commands.Add(line[2..]);
                carried.Add(Carried(line[2..], carriers, ref next));
            }
        }

        return groups;
    }

    /// <summary>Writes everything that the guest's <c>run</c> reads.</summary>
    public static void Write(IReadOnlyList<MutationGroup> groups, string folder)
    {
        foreach (var (index, group) in groups.Index())
        {
            var path = Directory.CreateDirectory(Path.Combine(folder, "corpus", string.Create(CultureInfo.InvariantCulture, $"{index:00}-{group.Name}"), "commands")).Parent!.FullName;
            File.WriteAllText(Path.Combine(path, "reset"), group.Reset + "\n");
            File.WriteAllText(Path.Combine(path, "state"), group.State + "\n");
            foreach (var (number, command) in group.Commands.Index())
            {
                File.WriteAllText(Path.Combine(path, "commands", number.ToString("000", CultureInfo.InvariantCulture)), command + "\n");
            }

            foreach (var (number, chunk) in group.Commands.Chunk(MostInAPlan).Index())
            {
                // In braces only a shell can take it apart: no built-in refuses it by its words.
                var plan = new JsonObject
                {
                    ["response_type"] = "diagnostic",
                    ["reasoning"] = "Every one of these changes a host that lets it.",
                    ["commands"] = new JsonArray([.. chunk.Select(static command => (JsonNode)$"{{ {command}\n}}")]),
                    ["ebpf_programs"] = new JsonArray(),
                };
                File.WriteAllText(Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"plan-{number}.json")), plan.ToJsonString());
            }
        }

        foreach (var file in (string[])["run", "whole", "victim.service", "systemd.json"])
        {
            File.Copy(Path.Combine(Folder, file), Path.Combine(folder, file));
        }
    }

    // Commands with quotes of their own go where nothing quotes them.
    private static string Carried(string command, List<string> carriers, ref int next)
    {
        while (true)
        {
            var carrier = carriers[next++ % carriers.Count];
            if (command.AsSpan().ContainsAny('\'', '"', '\\') ? !carrier.Contains('\'') && !carrier.Contains('"') && !carrier.Contains('`') : !(carrier.Contains("(\"{}\")", StringComparison.Ordinal) && command.Contains('$')))
            {
                return carrier.Replace("{}", command, StringComparison.Ordinal);
            }
        }
    }
}
