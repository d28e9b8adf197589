using Sonde.Commands.Sandboxing;

namespace Sonde.Commands.BuiltIns;

/// <summary><c>systemctl</c> where it asks: on the system bus, as a user whom systemd lets change nothing.</summary>
internal static class Systemctl
{
    private static readonly HashSet<string> Verbs =
    [
        "status", "show", "cat", "is-active", "is-failed", "is-enabled", "is-system-running", "list-units", "list-unit-files", "list-timers", "list-sockets",
        "list-jobs", "list-dependencies", "get-default", "show-environment",
    ];

    private static readonly ArgumentShape Shape = new ArgumentShape("systemctl")
        .Flag("--full", "-l").Flag("--all", "-a").Flag("--quiet", "-q").Flag("--recursive", "-r")
        .Flags("--no-pager", "--no-legend", "--plain", "--failed", "--value", "--reverse", "--after", "--before", "--show-types", "--system", "--no-ask-password")
        .Value(Accepts.Number(0, 10_000), "--lines", "-n")
        .Value(Accepts.Name, "--output", "-o")
        .Value(Accepts.Name, "--property", "-p")
        .Value(Accepts.Name, "-P")
        .Value(Accepts.Name, "--type", "-t")
        .Value(Accepts.Name, "--state")
        .Value(Accepts.OneOf("pretty", "us", "µs", "utc", "us+utc", "unix"), "--timestamp");

    private const uint Nobody = 65534;

    private static readonly SandboxProfile Bus = SandboxProfile.Default with
    {
        Name = "system bus",
        Sockets = SocketAccess.Local,
        Capabilities = SandboxProfile.ReadsFiles,
        User = Nobody,
    };

    public static Recognition Recognise(IReadOnlyList<string> words)
    {
        if (Shape.Read(words.Skip(1), out var refusal) is not { } arguments)
        {
            return Recognition.Refused(refusal);
        }

        var verb = arguments.Operands.FirstOrDefault() ?? "list-units";
        return !Verbs.Contains(verb) ? Recognition.Refused($"systemctl {verb} isn't served, as it may change the host; served are {string.Join(", ", Verbs)}")
            : arguments.Operands.Skip(1).FirstOrDefault(static unit => !Accepts.Name(unit)) is { } odd ? Recognition.Refused($"systemctl: '{odd}' is no unit's name")
            : new ToolCall("systemctl", ["--no-pager", "--no-ask-password", "--system", .. words.Skip(1)], Bus);
    }
}
