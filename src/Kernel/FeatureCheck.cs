namespace Sonde.Kernel;

/// <summary>One condition of tracing.</summary>
/// <param name="Name">The capability, setting or feature by the name it is known by.</param>
/// <param name="Supported">Whether it is met.</param>
/// <param name="Detail">What was found, and what it is needed for where it is missing.</param>
/// <param name="Fix">What to do; null when there is nothing to do.</param>
internal sealed record FeatureCheck(string Name, bool Supported, string Detail, string? Fix);
