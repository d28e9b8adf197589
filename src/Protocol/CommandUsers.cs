namespace Sonde.Protocol;

/// <summary>The users that confined commands run as: by them the events that the agent's own commands cause are told from all others.</summary>
public static class CommandUsers
{
    /// <summary>The lowest; no account of a host is as high.</summary>
    public const uint First = 0x60000000;
}
