using System.Text.Json.Serialization;

namespace Sonde.Protocol;

/// <summary>How sure a resolution is of its cause.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Confidence>))]
public enum Confidence
{
    /// <summary>A guess worth following.</summary>
    Low,

    /// <summary>Evidence points there, alternatives remain.</summary>
    Medium,

    /// <summary>The evidence shows it.</summary>
    High,
}

/// <summary>A model's answer to the issue. The plan is for a person to carry out; the agent never runs it.</summary>
public sealed record Resolution
{
    /// <summary>Always <c>resolution</c>.</summary>
    public string ResponseType { get; init; } = "resolution";

    /// <summary>What causes the issue.</summary>
    public required string RootCause { get; init; }

    /// <summary>Steps, one a line.</summary>
    public required string ResolutionPlan { get; init; }

    /// <summary>How sure the model is.</summary>
    public required Confidence Confidence { get; init; }

    /// <summary>The kernel evidence it rests on; several points are joined by line breaks.</summary>
    public string? EbpfEvidence { get; init; }
}
