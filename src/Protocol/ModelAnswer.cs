namespace Sonde.Protocol;

/// <summary>What a model's reply means: <see cref="DiagnosticAnswer"/>, <see cref="ResolutionAnswer"/> or <see cref="InvalidAnswer"/>.</summary>
public abstract record ModelAnswer
{
    private protected ModelAnswer()
    {
    }
}

/// <summary>The model asks for evidence.</summary>
/// <param name="Plan">At least one command or program; a program that can't run carries its fault.</param>
/// <param name="Remarks">What the reader mended, cut or left out, each with its JSON path; belongs into the round's notes.</param>
public sealed record DiagnosticAnswer(DiagnosticPlan Plan, IReadOnlyList<string> Remarks) : ModelAnswer;

/// <summary>The model names the cause.</summary>
/// <param name="Resolution">Complete.</param>
/// <param name="Remarks">What the reader mended or left out.</param>
public sealed record ResolutionAnswer(Resolution Resolution, IReadOnlyList<string> Remarks) : ModelAnswer;

/// <summary>The reply is no response of the contract; the model deserves another try.</summary>
/// <param name="Faults">At least one.</param>
public sealed record InvalidAnswer(IReadOnlyList<ProtocolFault> Faults) : ModelAnswer;

/// <summary>One thing wrong with a reply.</summary>
/// <param name="Path">JSON path, <c>$</c> for the reply as a whole.</param>
/// <param name="Message">What is wrong and what is expected.</param>
public sealed record ProtocolFault(string Path, string Message);
