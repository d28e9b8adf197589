using System.Text.Json.Serialization;

namespace Sonde.Protocol;

/// <summary>What a detector of the built-in playbooks makes of the evidence so far; a hint to the model, with the figures it rests on.</summary>
public sealed record FindingResult
{
    /// <summary><c>F1</c>, <c>F2</c>, …; never used again for another finding.</summary>
    public required string EvidenceId { get; init; }

    /// <summary>What is wrong.</summary>
    public required string Cause { get; init; }

    /// <summary>How sure the detector is.</summary>
    public required Confidence Confidence { get; init; }

    /// <summary>The figures, each with the result it comes from.</summary>
    public IReadOnlyList<string> Figures { get; init; } = [];

    /// <summary>The results that the figures come from, by evidence id.</summary>
    public IReadOnlyList<string> Cites { get; init; } = [];
}

/// <summary>What the evidence says to a claim.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClaimVerdict>))]
public enum ClaimVerdict
{
    /// <summary>Every figure and name in it stands in the evidence.</summary>
    [JsonStringEnumMemberName("verified")] Verified,

    /// <summary>Something in it stands nowhere in the evidence that it cites.</summary>
    [JsonStringEnumMemberName("unsupported")] Unsupported,

    /// <summary>The evidence says otherwise.</summary>
    [JsonStringEnumMemberName("contradicted")] Contradicted,
}

/// <summary>One statement of a resolution, held against the evidence.</summary>
/// <param name="Text">As the model wrote it.</param>
/// <param name="Verdict">What the evidence says.</param>
/// <param name="Cites">The results it cites, by evidence id.</param>
/// <param name="Reason">What is missing or wrong; null when verified.</param>
public sealed record CheckedClaim(string Text, ClaimVerdict Verdict, IReadOnlyList<string> Cites, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason);

/// <summary>How a model's resolution stood against the evidence.</summary>
public sealed record ClaimCheck
{
    /// <summary>The model's own confidence; the resolution shows the lowered one.</summary>
    public required Confidence ModelConfidence { get; init; }

    /// <summary>The statements that hold something to check, in the resolution's order.</summary>
    public IReadOnlyList<CheckedClaim> Claims { get; init; } = [];

    /// <summary>How many have this verdict.</summary>
    public int Count(ClaimVerdict verdict) => Claims.Count(c => c.Verdict == verdict);
}
