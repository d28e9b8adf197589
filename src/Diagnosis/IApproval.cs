using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>A person's word on each plan before anything of it runs.</summary>
internal interface IApproval
{
    /// <summary>Shows a plan and waits for the word.</summary>
    /// <param name="round">From 1.</param>
    /// <param name="plan">Without secrets; what runs is what the model wrote, item by item.</param>
    /// <param name="stop">Interruption.</param>
    Task<ApprovalDecision> DecideAsync(int round, DiagnosticPlan plan, CancellationToken stop);
}

/// <summary>What a person decided.</summary>
/// <param name="EndsDiagnosis">Nothing of the plan runs, and the model is asked for its best resolution.</param>
/// <param name="Refused">Numbers of items that don't run: commands first, from 1, then programs.</param>
internal sealed record ApprovalDecision(bool EndsDiagnosis, IReadOnlySet<int> Refused);
