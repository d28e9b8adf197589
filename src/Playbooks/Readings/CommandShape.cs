using System.Text.RegularExpressions;

namespace Sonde.Playbooks.Readings;

/// <summary>Recognises commands, as a model writes them, that print what a command of the catalogue prints: whole tables, not filtered ones.</summary>
internal static partial class CommandShape
{
    /// <summary>Whether a command's output can be read in place of this step's.</summary>
    public static bool Serves(string command, string step) => step switch
    {
        "listening" => Listeners().IsMatch(command),
        "disk_space" => Disks().IsMatch(command),
        "disk_inodes" => Inodes().IsMatch(command),
        "memory" => Memory().IsMatch(command),
        _ => false,
    };

    [GeneratedRegex(@"^\s*ss\s+-(?=[a-z]*l)(?=[a-z]*t)[tulnpae]+\s*$")]
    private static partial Regex Listeners();

    [GeneratedRegex(@"^\s*df(\s+-[kPTa]+)*\s*$")]
    private static partial Regex Disks();

    [GeneratedRegex(@"^\s*df\s+-[PTa]*i[PTa]*\s*$")]
    private static partial Regex Inodes();

    [GeneratedRegex(@"^\s*(?:cat|grep\s+\S+)\s+/proc/meminfo\s*$")]
    private static partial Regex Memory();
}
