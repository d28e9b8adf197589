using System.Text.Json.Serialization;

namespace Sonde.Protocol;

/// <summary>A bound was hit: the agent runs nothing more and asks once for the best resolution so far.</summary>
public sealed record ResolutionRequest
{
    /// <summary>What was hit, and what is expected.</summary>
    [JsonPropertyName("resolution_required")]
    public required ResolutionRequestBody Body { get; init; }

    /// <summary>The message as JSON text.</summary>
    /// <param name="reason">Which bound was hit.</param>
    public static string Write(string reason) =>
        ProtocolJson.Write(new ResolutionRequest { Body = new ResolutionRequestBody { Reason = reason } });
}

/// <summary>Content of a <c>resolution_required</c>.</summary>
public sealed record ResolutionRequestBody
{
    /// <summary>Which bound was hit.</summary>
    public required string Reason { get; init; }

    /// <summary>What a valid reply looks like.</summary>
    public string Expected { get; init; } =
        "one JSON object with response_type \"resolution\": your best root_cause from the evidence so far, resolution_plan, "
        + "confidence (Low where the evidence doesn't decide) and ebpf_evidence; any request for more evidence is not run";
}
