namespace Sonde.Playbooks;

/// <summary>The five kinds of issue that have a plan of their own. One issue may be of several.</summary>
[Flags]
internal enum IssueKind
{
    /// <summary>Nothing in the words tells: the broad plan.</summary>
    Unknown = 0,

    Network = 1,

    Process = 2,

    /// <summary>Files, directories, permissions, disks.</summary>
    Files = 4,

    Performance = 8,

    Memory = 16,
}
