using System.Collections.ObjectModel;

namespace Sonde.Commands;

/// <summary>The environment of a command: a fixed set, and from the agent's own only what can hold no secret.</summary>
internal static class CommandEnvironment
{
    // Administrators' tools first: on many hosts a plain service's PATH lacks them.
    private static readonly string[] StandardPath =
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    private static readonly string[] Inherited = ["HOME", "USER", "LOGNAME", "TZ"];

    /// <summary>Where programs are looked for.</summary>
    public static IEnumerable<string> SearchPath => StandardPath.Concat(OwnPath()).Distinct();

    /// <summary><c>NAME=value</c>, for <c>execve</c>.</summary>
    public static ReadOnlyCollection<string> Build()
    {
        List<string> variables =
        [
            "PATH=" + string.Join(':', SearchPath),
            "LANG=C.UTF-8",
            "LC_ALL=C.UTF-8",
            // Plain text: no colours, no pager, no question.
            "TERM=dumb",
            "NO_COLOR=1",
            "PAGER=cat",
            "SYSTEMD_PAGER=",
            "SYSTEMD_COLORS=0",
        ];
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                variables.Add($"{name}={value}");
            }
        }

        return variables.AsReadOnly();
    }

    // Distributions that keep tools elsewhere (NixOS) say so in PATH. Relative entries would depend on the directory.
    private static IEnumerable<string> OwnPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(static entry => entry.StartsWith('/'));
}
