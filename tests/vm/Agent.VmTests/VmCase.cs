using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sonde.VmTests;

/// <summary>One file of <c>tests/vm/cases</c>: who does what in the guest, which programs watch, and what they must have seen. The README there has the format.</summary>
internal sealed class VmCase
{
    private static readonly string Folder = Path.Combine(Repository.Vm, "cases");
    private static readonly string[] Known = ["about", "since", "only", "whole_window", "actors", "lingering", "programs", "commands", "peer", "pid_namespace", "unlimited", "guests_only", "expect"];

    private readonly JsonObject _file;

    private VmCase(string name, JsonObject file)
    {
        Name = name;
        _file = file;
        if (file.Select(field => field.Key).FirstOrDefault(key => !Known.Contains(key)) is { } unknown)
        {
            throw new InvalidDataException($"{name}.json: unknown field {unknown}");
        }
    }

    public string Name { get; }

    /// <summary>The first kernel that has what the case needs, or null.</summary>
    public string? Since => (string?)_file["since"];

    /// <summary>The kernels of the matrix that run it; null for all.</summary>
    public IReadOnlyList<string>? Only => _file["only"]?.AsArray().Select(kernel => (string)kernel!).ToList();

    /// <summary>Whether the window runs to its end instead of being interrupted.</summary>
    public bool WholeWindow => (bool?)_file["whole_window"] ?? false;

    /// <summary>A bpftrace program that counts the same beside sonde, one map of each program's name; null for none. It wants a Debian guest.</summary>
    public string? Peer => _file["peer"] is JsonArray lines ? string.Join('\n', lines.Select(line => (string)line!)) : null;

    /// <summary>Whether it does what only a guest may suffer, or needs what only the guests have.</summary>
    public bool GuestsOnly => Peer is not null || ((bool?)_file["guests_only"] ?? false);

    /// <summary>Actors by name, with the workload's arguments.</summary>
    public IReadOnlyDictionary<string, string> Actors =>
        _file["actors"]?.AsObject().ToDictionary(actor => actor.Key, actor => (string)actor.Value!) ?? [];

    /// <summary>Expected results by program name.</summary>
    public JsonObject Expect => _file["expect"]!.AsObject();

    /// <summary>The plan's programs.</summary>
    public IEnumerable<JsonObject> Programs => _file["programs"]!.AsArray().Select(program => program!.AsObject());

    public IEnumerable<string> ProgramNames => Programs.Select(program => (string)program["name"]!);

    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder, "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    public static VmCase Load(string name)
    {
        var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var text = File.ReadAllText(Path.Combine(Folder, name + ".json"));
        return new VmCase(name, JsonNode.Parse(text, documentOptions: options)!.AsObject());
    }

    /// <summary>Actors that are killed at the case's end instead of being waited for.</summary>
    public bool Lingers(string actor) => _file["lingering"]?.AsArray().Any(name => (string?)name == actor) ?? false;

    /// <summary>Writes the folder that the guest's init runs.</summary>
    public void WriteTo(string cases)
    {
        var folder = Directory.CreateDirectory(Path.Combine(cases, Name)).FullName;
        var plan = new JsonObject
        {
            ["response_type"] = "diagnostic",
            ["commands"] = _file["commands"]?.DeepClone() ?? new JsonArray(),
            ["ebpf_programs"] = _file["programs"]!.DeepClone(),
        };
        File.WriteAllText(Path.Combine(folder, "plan.json"), plan.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "actors"), string.Concat(Actors.Select(actor => $"{(Lingers(actor.Key) ? "linger" : "wait")} {actor.Key} {actor.Value}\n")));
        if (WholeWindow)
        {
            File.WriteAllText(Path.Combine(folder, "whole-window"), "");
        }

        if ((bool?)_file["pid_namespace"] ?? false)
        {
            File.WriteAllText(Path.Combine(folder, "pid-namespace"), "");
        }

        if ((bool?)_file["unlimited"] ?? false)
        {
            File.WriteAllText(Path.Combine(folder, "options"), "--overhead-budget 100");
        }

        if (Peer is not null)
        {
            File.WriteAllText(Path.Combine(folder, "peer.bt"), $"BEGIN {{ printf(\"ready\\n\"); }}\n{Peer}\n");
        }
    }
}
