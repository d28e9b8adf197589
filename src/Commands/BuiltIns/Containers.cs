using Sonde.Commands.Sandboxing;
using Sonde.Interop;

namespace Sonde.Commands.BuiltIns;

/// <summary>What container runtimes have running: the host's own tools, on the runtime's socket alone, in the forms that only ask.</summary>
internal static class Containers
{
    private static readonly string[] RuntimeSockets = ["/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/cri-dockerd.sock"];

    private static readonly Dictionary<string, ArgumentShape> DockerVerbs = new()
    {
        ["ps"] = new ArgumentShape("docker ps").Flag("-a", "--all").Flag("-q", "--quiet").Flag("-l", "--latest").Flag("-s", "--size").Flags("--no-trunc")
            .Value(Accepts.Number(0, 1000), "-n", "--last").Value(Accepts.Any, "--format").Value(Accepts.Any, "-f", "--filter"),
        ["images"] = new ArgumentShape("docker images").Flag("-a", "--all").Flag("-q", "--quiet").Flags("--no-trunc", "--digests").Value(Accepts.Any, "--format"),
        ["inspect"] = new ArgumentShape("docker inspect").Flag("-s", "--size").Value(Accepts.Any, "-f", "--format").Value(Accepts.Name, "--type"),
        ["logs"] = new ArgumentShape("docker logs").Flag("-t", "--timestamps").Flags("--details")
            .Value(Accepts.Name, "-n", "--tail").Value(Accepts.Name, "--since").Value(Accepts.Name, "--until"),
        ["top"] = new ArgumentShape("docker top"),
        ["port"] = new ArgumentShape("docker port"),
        ["version"] = new ArgumentShape("docker version"),
        ["info"] = new ArgumentShape("docker info"),
    };

    private static readonly Dictionary<string, ArgumentShape> CrictlVerbs = new()
    {
        ["ps"] = CrictlShape("ps").Flag("-a", "--all").Flag("-l", "--latest").Value(Accepts.Number(0, 1000), "-n", "--last").Value(Accepts.Name, "-p", "--pod").Value(Accepts.Name, "--image"),
        ["pods"] = CrictlShape("pods").Flag("-l", "--latest").Value(Accepts.Number(0, 1000), "-n", "--last").Value(Accepts.Name, "--namespace"),
        ["images"] = CrictlShape("images"),
        ["inspect"] = CrictlShape("inspect"),
        ["inspectp"] = CrictlShape("inspectp"),
        ["stats"] = CrictlShape("stats").Flag("-a", "--all"),
        ["logs"] = new ArgumentShape("crictl logs").Flag("-t", "--timestamps").Flag("-p", "--previous").Value(Accepts.Number(0, 100_000), "--tail").Value(Accepts.Name, "--since"),
        ["info"] = CrictlShape("info"),
        ["version"] = CrictlShape("version"),
    };

    public static Recognition Docker(IReadOnlyList<string> words) => Recognise(words, DockerVerbs, ["/run/docker.sock", "/var/run/docker.sock"], static socket => ["--host", $"unix://{socket}"]);

    public static Recognition Crictl(IReadOnlyList<string> words) => Recognise(words, CrictlVerbs, RuntimeSockets, static socket => ["--runtime-endpoint", $"unix://{socket}"]);

    private static Recognition Recognise(
        IReadOnlyList<string> words, Dictionary<string, ArgumentShape> verbs, string[] sockets, Func<string, IEnumerable<string>> endpoint)
    {
        var tool = Path.GetFileName(words[0]);
        // "docker container ls" is "docker ps".
        words = words is [_, "container", "ls" or "list" or "ps", ..] ? [tool, "ps", .. words.Skip(3)]
            : words is [_, "container", "inspect" or "logs" or "top" or "port", ..] ? [tool, .. words.Skip(2)]
            : words;
        if (words.Count < 2 || !verbs.TryGetValue(words[1], out var shape))
        {
            return Recognition.Refused($"{tool} {words.ElementAtOrDefault(1)} isn't served, as it may change containers; served are {string.Join(", ", verbs.Keys)}");
        }

        if (shape.Read(words.Skip(2), out var refusal) is not { } arguments)
        {
            return Recognition.Refused(refusal);
        }

        if (arguments.Operands.FirstOrDefault(static name => !Accepts.Name(name)) is { } odd)
        {
            return Recognition.Refused($"{tool}: '{odd}' is no name");
        }

        foreach (var path in sockets)
        {
            if (FileIdentity.Of(path) is { IsSocket: true } socket)
            {
                return new ToolCall(
                    tool, [.. endpoint(path), .. words.Skip(1)],
                    SandboxProfile.Default with { Name = "container runtime", Sockets = SocketAccess.Local, Capabilities = SandboxProfile.ReadsFiles, Group = socket.Group });
            }
        }

        return Recognition.Refused($"{tool}: there is no runtime's socket on this host ({string.Join(", ", sockets)})");
    }

    private static ArgumentShape CrictlShape(string verb) => new ArgumentShape($"crictl {verb}")
        .Flag("-q", "--quiet").Flag("-v", "--verbose").Flags("--no-trunc").Value(Accepts.OneOf("json", "yaml", "table"), "-o", "--output").Value(Accepts.Name, "--name").Value(Accepts.Name, "-s", "--state");
}
