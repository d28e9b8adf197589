namespace Sonde.Tracing.Overhead;

/// <summary>How much of one CPU the programs of a session may take.</summary>
/// <param name="ProgramPercent">Each program, over a second.</param>
internal sealed record OverheadBudget(double ProgramPercent)
{
    /// <summary>What a host can spare without noticing.</summary>
    public const double DefaultPercent = 5;

    // A round may hold sixteen programs: together they get no more than a few times what one gets.
    private const double RoundFactor = 3;

    public static OverheadBudget Default { get; } = new(DefaultPercent);

    /// <summary>All programs of the session together.</summary>
    public double RoundPercent => ProgramPercent * RoundFactor;
}

/// <summary>What to do about a program that costs too much; each step follows the one before.</summary>
internal enum OverheadStep
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>No more single events: what is counted stays exact.</summary>
    Quieten,

    /// <summary>Detach it and keep what it has.</summary>
    Detach,
}
