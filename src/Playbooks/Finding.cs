using Sonde.Protocol;

namespace Sonde.Playbooks;

/// <summary>One possible cause that the evidence speaks for. Its texts hold figures, never guesses.</summary>
internal sealed record Finding
{
    /// <summary>From this score on a finding is named as the cause; below, it is only mentioned as seen.</summary>
    public const double CauseScore = 45;

    /// <summary>What is wrong, for the person who wrote the issue.</summary>
    public required string Cause { get; init; }

    /// <summary>Each with the result key or command id that it rests on.</summary>
    public required IReadOnlyList<string> Evidence { get; init; }

    /// <summary>Steps for a person, in order.</summary>
    public required IReadOnlyList<string> Fix { get; init; }

    public required Confidence Confidence { get; init; }

    /// <summary>From this score on a finding is worth a proof, though not yet a cause.</summary>
    public const double SuspectScore = 35;

    /// <summary>0 to about 150: how strongly the evidence ties this to the issue. Ranks findings against each other.</summary>
    public required double Score { get; init; }

    /// <summary>Whether the issue names what it is about: the process, the port, the path, the host.</summary>
    public bool Tied { get; init; }

    /// <summary>What would prove or refute it; null when the evidence is all in.</summary>
    public FollowUp? Proof { get; init; }

    public bool IsCause => Score >= CauseScore;

    /// <summary>An examination with just this finding.</summary>
    public Examination Alone() => new([this]);
}

/// <summary>A narrower round.</summary>
internal sealed record FollowUp(IReadOnlyList<CommandRequest> Commands, IReadOnlyList<ProgramRequest> Programs);

/// <summary>What a detector read from the evidence.</summary>
/// <param name="Findings">Strongest first; may be empty.</param>
/// <param name="RuledOut">When nothing was found: what shows it, with figures. Null where there was nothing to look at.</param>
internal sealed record Examination(IReadOnlyList<Finding> Findings, string? RuledOut = null)
{
    public static Examination Nothing { get; } = new([]);

    /// <summary>Nothing was found in what these commands printed: that rules out something only where they printed it whole.</summary>
    public static Examination RuledOutBy(CaseFile file, string what, params string[] commands) => commands.All(file.IsWhole) ? new([], what) : Nothing;
}

/// <summary>Looks for one class of fault in all that was gathered. It never asks who sent the plan: what is missing is not evidence.</summary>
internal interface IDetector
{
    Examination Examine(CaseFile file);
}
