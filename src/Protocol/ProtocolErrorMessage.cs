using System.Text.Json.Serialization;

namespace Sonde.Protocol;

/// <summary>The agent's answer to a reply that doesn't validate.</summary>
public sealed record ProtocolErrorMessage
{
    /// <summary>What was wrong, fault by fault, and what is expected.</summary>
    [JsonPropertyName("protocol_error")]
    public required ProtocolErrorBody Error { get; init; }

    private const int MostFaults = 20;

    /// <summary>The message as JSON text.</summary>
    /// <param name="faults">What was wrong; the first twenty are listed, the rest counted.</param>
    /// <param name="triesLeft">Further replies the model may send, when that is known.</param>
    public static string Write(IReadOnlyList<ProtocolFault> faults, int? triesLeft = null)
    {
        var listed = faults.Count <= MostFaults
            ? faults
            : [.. faults.Take(MostFaults), new ProtocolFault("$", $"{faults.Count - MostFaults} more faults are not listed")];

        return ProtocolJson.Write(new ProtocolErrorMessage
        {
            Error = new ProtocolErrorBody
            {
                Message = "Your reply could not be used; nothing of it was run.",
                Faults = listed,
                TriesLeft = triesLeft,
            },
        });
    }
}

/// <summary>Content of a <c>protocol_error</c>.</summary>
public sealed record ProtocolErrorBody
{
    /// <summary>What happened.</summary>
    public required string Message { get; init; }

    /// <summary>Each fault with its place.</summary>
    public required IReadOnlyList<ProtocolFault> Faults { get; init; }

    /// <summary>What a valid reply looks like.</summary>
    public string Expected { get; init; } =
        "one JSON object and nothing else: response_type \"diagnostic\" with commands and/or ebpf_programs, "
        + "or response_type \"resolution\" with root_cause, resolution_plan and confidence (High, Medium or Low)";

    /// <summary>Further replies the model may send.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TriesLeft { get; init; }
}
