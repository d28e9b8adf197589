using System.Diagnostics.CodeAnalysis;

namespace Sonde.Protocol;

/// <summary>The agent's opening message: the host, then the issue.</summary>
public sealed record FirstMessage
{
    /// <summary>What is known of the host.</summary>
    public HostFacts Host { get; init; } = new();

    /// <summary>The issue, as the person wrote it.</summary>
    public required string Issue { get; init; }

    /// <summary>The message as JSON text.</summary>
    public string Write() => ProtocolJson.Write(this);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static bool TryRead(string content, [NotNullWhen(true)] out FirstMessage? message) =>
        ProtocolJson.TryRead(content, out message) && message is { Issue: not null, Host: not null };
}
