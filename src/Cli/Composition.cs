using Sonde.Commands;
using Sonde.Commands.Sandboxing;
using Sonde.Diagnosis;
using Sonde.Dialogue;
using Sonde.Kernel;
using Sonde.Playbooks;
using Sonde.Tracing;
using Sonde.Tracing.Overhead;

namespace Sonde.Cli;

/// <summary>Puts the parts together, each when a verb first needs it.</summary>
internal static class Composition
{
    private static readonly Lazy<KernelView> View = new(static () => new KernelView());

    /// <summary>The running kernel, read once.</summary>
    public static KernelView Kernel => View.Value;

    /// <summary>Attaches programs on this kernel.</summary>
    /// <param name="overheadPercent">What one program may cost, percent of one CPU.</param>
    public static ITracer CreateTracer(double overheadPercent = OverheadBudget.DefaultPercent) =>
        new Tracer(Kernel, new TraceLimits { Overhead = new OverheadBudget(overheadPercent) });

    /// <summary>Runs commands on this host; the caller disposes it.</summary>
    /// <param name="unconfined">A person's word that they may run with the agent's own rights.</param>
    public static CommandRunner CreateCommandRunner(bool unconfined = false) => new(unconfined ? null : new Sandbox());

    /// <summary>Who answers; the caller disposes it where it can be disposed.</summary>
    /// <param name="gateway">Null for the built-in playbooks.</param>
    /// <param name="session">Goes with each call as a tag.</param>
    /// <param name="retrying">Told before each further attempt.</param>
    /// <param name="sending">Shown each request, or null.</param>
    public static IModel CreateModel(GatewayOptions? gateway, string session, Action<string> retrying, Action<Uri, ReadOnlyMemory<byte>>? sending = null) => gateway is null
        ? new BuiltinModel()
        : new GatewayModel(gateway, SystemPrompt.Text, Environment.MachineName, session) { Retrying = retrying, Sending = sending };

    /// <summary>Facts about this host, with what can be probed on it.</summary>
    public static HostFactsCollector CreateHostFacts(ITracer tracer) => new(probeTypes: () => ProbeTrial.Run(tracer));

    /// <summary>The same without trying a probe: nothing is attached.</summary>
    public static HostFactsCollector CreateHostFactsOnly() => new();
}
