using Sonde.Kernel;

namespace Sonde.Tracing.Decoding;

/// <summary>Adds to a layout what is known of a target beyond its types: what its numbers mean, and what completes it.</summary>
/// <param name="layout">Already decoding by the kernel's own types.</param>
/// <param name="kernel">The running kernel.</param>
/// <param name="format">The tracepoint's format; null for a function.</param>
internal delegate void Enrichment(EventLayout layout, KernelView kernel, TracepointFormat? format);
