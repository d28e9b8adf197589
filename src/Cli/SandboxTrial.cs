using System.Globalization;
using Sonde.Commands;
using Sonde.Commands.Sandboxing;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary>Finds out how commands are confined on this host, by confining one.</summary>
internal static class SandboxTrial
{
    private const string Question = "echo \"$TMPDIR\"; while read -r name value; do case $name in CapEff:) echo \"$value\";; esac; done < /proc/self/status";

    private static readonly (ulong Bit, string Name, string Use)[] Reading =
    [
        (1UL << 2, "CAP_DAC_READ_SEARCH", "files whatever their permissions"),
        (1UL << 19, "CAP_SYS_PTRACE", "other processes' descriptors and environments"),
        (1UL << 34, "CAP_SYSLOG", "the kernel's log"),
    ];

    /// <summary>One check.</summary>
    public static async Task<CheckResult> RunAsync(CancellationToken cancellation)
    {
        if (!File.Exists(Confinement.Shell))
        {
            return new("commands", CheckStatus.Limited, $"there is no {Confinement.Shell}: diagnoses rest on eBPF programs alone", "Run sonde on the host, or in an image with a shell.");
        }

        using var runner = Composition.CreateCommandRunner();
        var result = (await runner.RunAsync(new CommandRequest { Id = "sandbox", Command = Question }, cancellation).ConfigureAwait(false)).Result;
        return result.Error is { } error
            ? new("commands", CheckStatus.Limited, $"no command is run: {error}", "Run sonde as root with CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID and CAP_SETPCAP, under a seccomp profile that allows mount, unshare and seccomp. A person who trusts the model may pass --unconfined.")
            : Describe(result.Stdout.Split('\n', StringSplitOptions.TrimEntries));
    }

    private static CheckResult Describe(string[] lines)
    {
        var scratch = lines.FirstOrDefault() ?? "";
        var kept = ulong.TryParse(lines.ElementAtOrDefault(1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mask) ? mask : 0;
        var missing = Reading.Where(capability => (kept & capability.Bit) == 0).ToList();
        var room = scratch.Length == 0 ? "none is writable" : $"changes in {scratch} are the command's own and vanish";
        var detail = $"profile {SandboxProfile.DefaultName}: a user who owns nothing, every mount read-only ({room}), no sockets but netlink, opens for writing supervised";
        return missing.Count == 0
            ? new("commands", CheckStatus.Ok, detail)
            : new("commands", CheckStatus.Limited, $"{detail}; commands can't read {string.Join(", ", missing.Select(static capability => capability.Use))}", $"Give sonde {string.Join(" and ", missing.Select(static capability => capability.Name))}.");
    }
}
