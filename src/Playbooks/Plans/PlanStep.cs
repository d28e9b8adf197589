using Sonde.Protocol;

namespace Sonde.Playbooks.Plans;

/// <summary>What of the issue a command is repeated for.</summary>
internal enum Each
{
    /// <summary>Once, whatever the issue names.</summary>
    Once,

    /// <summary><c>{port}</c> and <c>{port_hex}</c>.</summary>
    Port,

    /// <summary><c>{path}</c>, quoted.</summary>
    Path,

    /// <summary><c>{host}</c>, quoted.</summary>
    Host,

    /// <summary><c>{pid}</c>.</summary>
    Pid,
}

/// <summary>One command of the catalogue: read-only, with a fallback where the first choice is not on every host.</summary>
/// <param name="Id">Unique in the catalogue; a number is appended where it is repeated.</param>
/// <param name="Kinds">Kinds of issue that send it; <see cref="IssueKind.Unknown"/> for all.</param>
/// <param name="Command">With placeholders of <paramref name="Each"/>.</param>
/// <param name="Description">What it tells.</param>
/// <param name="Each">What it is repeated for.</param>
internal sealed record CommandStep(string Id, IssueKind Kinds, string Command, string Description, Each Each = Each.Once);

/// <summary>One program of the catalogue.</summary>
/// <param name="Name">Unique in the catalogue.</param>
/// <param name="Kinds">Kinds of issue that send it; <see cref="IssueKind.Unknown"/> for all.</param>
/// <param name="Type">Its type.</param>
/// <param name="Target">What it attaches to.</param>
/// <param name="Description">What it tells.</param>
/// <param name="ErrorsOnly">Only calls that failed.</param>
/// <param name="MaxEvents">Size of the sample.</param>
/// <param name="Aggregate">How much travels.</param>
/// <param name="LeastLatencyUs">Only calls that took at least this long.</param>
internal sealed record ProbeStep(
    string Name,
    IssueKind Kinds,
    ProbeType Type,
    string Target,
    string Description,
    bool ErrorsOnly = false,
    int MaxEvents = 20,
    Aggregation Aggregate = Aggregation.Auto,
    long? LeastLatencyUs = null);
