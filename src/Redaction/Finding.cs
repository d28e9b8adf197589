namespace Sonde.Redaction;

/// <summary>Where a secret lies in a text.</summary>
/// <param name="Start">Its first character.</param>
/// <param name="Length">At least one.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct Finding(int Start, int Length, SecretKind Kind)
{
    public int End => Start + Length;
}
