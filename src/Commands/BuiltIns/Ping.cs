using Sonde.Commands.Sandboxing;

namespace Sonde.Commands.BuiltIns;

/// <summary><c>ping</c>, a few packets long.</summary>
internal static class Ping
{
    private static readonly ArgumentShape Shape = new ArgumentShape("ping")
        .Flags("-n", "-q", "-4", "-6", "-D", "-O")
        .Value(Accepts.Number(1, 20), "-c")
        .Value(Accepts.Number(1, 25), "-w")
        .Value(Accepts.Decimal(0, 25), "-W")
        .Value(Accepts.Decimal(0.2, 10), "-i")
        .Value(Accepts.Number(0, 9000), "-s")
        .Value(Accepts.Number(1, 255), "-t")
        .Value(Accepts.Name, "-I")
        .Value(Accepts.OneOf("do", "want", "dont"), "-M");

    private static readonly SandboxProfile Packets = SandboxProfile.Default with { Name = "ping", Sockets = SocketAccess.Internet, Capabilities = SandboxProfile.RawPackets };

    public static Recognition Recognise(IReadOnlyList<string> words)
    {
        if (Shape.Read(words.Skip(1), out var refusal) is not { } arguments)
        {
            return Recognition.Refused(refusal);
        }

        if (arguments.Operands is not [var host] || !Accepts.Name(host))
        {
            return Recognition.Refused("ping: one host is served");
        }

        List<string> bounds = [];
        if (!arguments.Has("-c"))
        {
            bounds.AddRange(["-c", "4"]);
        }

        if (!arguments.Has("-w"))
        {
            bounds.AddRange(["-w", "20"]);
        }

        return new ToolCall(words[0] == "ping6" ? "ping6" : "ping", [.. bounds, .. words.Skip(1)], Packets);
    }
}
