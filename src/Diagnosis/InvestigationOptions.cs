using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>What a diagnosis is about and how far it may go.</summary>
internal sealed record InvestigationOptions
{
    public const int DefaultMaxRounds = 8;
    public const int DefaultContextBudget = 24_000;
    public const int SmallestContextBudget = 4_000;
    public const int DefaultMaxCommands = 200;
    public const int DefaultMaxPrograms = 100;
    public const int DefaultMaxBytes = 1 << 20;
    public static readonly TimeSpan DefaultWallTime = TimeSpan.FromMinutes(30);

    /// <summary>As the person wrote it.</summary>
    public required string Issue { get; init; }

    /// <summary>From <see cref="SessionId.Create"/>; the gateway's tags carry it too.</summary>
    public required string Session { get; init; }

    /// <summary>Rounds of evidence the model may ask for.</summary>
    public int MaxRounds { get; init; } = DefaultMaxRounds;

    /// <summary>Wall time of the whole diagnosis; a round that is running then ends early and keeps what it has.</summary>
    public TimeSpan WallTime { get; init; } = DefaultWallTime;

    /// <summary>Tokens, as the gateway reports them, after which no further round is run; null for no bound.</summary>
    public long? MaxTokens { get; init; }

    /// <summary>Commands that run in all rounds together.</summary>
    public int MaxCommands { get; init; } = DefaultMaxCommands;

    /// <summary>eBPF programs, likewise.</summary>
    public int MaxPrograms { get; init; } = DefaultMaxPrograms;

    /// <summary>Bytes of the agent's messages together after which no further round is run; the history that each call repeats is counted once.</summary>
    public int MaxBytes { get; init; } = DefaultMaxBytes;

    /// <summary>Asked before each round; null runs each as it comes.</summary>
    public IApproval? Approval { get; init; }

    /// <summary>Ends with the model's first plan, of which nothing runs.</summary>
    public bool DryRun { get; init; }

    /// <summary>Characters of one results message.</summary>
    public int ContextBudget { get; init; } = DefaultContextBudget;

    /// <summary>Further tries for a reply that does not validate.</summary>
    public int CorrectiveTries { get; init; } = 3;

    /// <summary>The session folder a person named; null for one of its own under the state directory.</summary>
    public string? ReportDirectory { get; init; }

    /// <summary>The opening message's facts; the default reads /proc and /sys.</summary>
    public Func<HostFacts> CollectHost { get; init; } = static () => new HostFacts();

    /// <summary>What the report's notes begin with.</summary>
    public IReadOnlyList<string> OpeningNotes { get; init; } = [];

    /// <summary>The clock of every bound.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
