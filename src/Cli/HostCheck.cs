using System.Diagnostics;
using Sonde.Diagnosis;
using Sonde.Dialogue;
using Sonde.Kernel;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary>How one check ended.</summary>
internal enum CheckStatus
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>A diagnosis runs, and knows less.</summary>
    Limited,

    /// <summary>Not there.</summary>
    Failed,
}

/// <summary>One check.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Fix">What to do, where something can be done.</param>
internal sealed record CheckResult(string Name, CheckStatus Status, string Detail, string? Fix = null);

/// <summary>Everything that a diagnosis needs of this host, each found out by doing it.</summary>
internal static class HostCheck
{
    private const string ModelCheck = "model";

    private static readonly string[] ProbeNames = [.. Enum.GetNames<ProbeType>().Select(static name => name.ToLowerInvariant())];

    /// <summary>All checks, in the order that a person mends them.</summary>
    public static async Task<IReadOnlyList<CheckResult>> RunAsync(string? endpoint, string? model, CancellationToken cancellation)
    {
        return
        [
            new("kernel", CheckStatus.Ok, $"Linux {ReadLine("/proc/sys/kernel/osrelease")}"),
            .. KernelFeatures.Checks().Select(Condition),
            .. ProbeTrial.Run(Composition.CreateTracer()).Select(Probe),
            await SandboxTrial.RunAsync(cancellation).ConfigureAwait(false),
            await ModelAsync(endpoint, model, cancellation).ConfigureAwait(false),
        ];
    }

    /// <summary>Whether the main job can run: some probe works, and someone answers.</summary>
    public static bool IsReady(IReadOnlyList<CheckResult> checks) =>
        checks.Any(static check => check.Status != CheckStatus.Failed && ProbeNames.Contains(check.Name))
        && checks.Any(static check => check.Status != CheckStatus.Failed && check.Name == ModelCheck);

    private static CheckResult Probe(ProbeTypeFacts facts) => new(
        facts.Type.ToString().ToLowerInvariant(),
        facts.Available ? CheckStatus.Ok : CheckStatus.Failed,
        facts.Available ? $"loaded and attached, by {facts.Mechanism}" : facts.Reason ?? "refused",
        facts.Available ? null
            : facts.Type == ProbeType.Tracepoint ? "Run as root on a kernel with CONFIG_BPF_SYSCALL and CONFIG_BPF_EVENTS; in a container with CAP_BPF, CAP_PERFMON and a seccomp profile that allows bpf and perf_event_open."
            : "Run as root on a kernel with CONFIG_KPROBES and CONFIG_BPF_EVENTS. Tracepoints do without them.");

    // None of these decides alone: the probes that were really loaded do.
    private static CheckResult Condition(FeatureCheck condition) =>
        new(condition.Name, condition.Supported ? CheckStatus.Ok : CheckStatus.Limited, condition.Detail, condition.Supported ? null : condition.Fix);

    private static async Task<CheckResult> ModelAsync(string? endpoint, string? name, CancellationToken cancellation)
    {
        var choice = GatewayChoice.Resolve(endpoint, name, Environment.GetEnvironmentVariable);
        if (choice.Error is { } error)
        {
            return new(ModelCheck, CheckStatus.Failed, error, "sonde diagnose --help shows the variables and options.");
        }

        if (choice.Gateway is not { } gateway)
        {
            return new(ModelCheck, CheckStatus.Ok, "the built-in playbooks answer: no gateway and no model is named");
        }

        var impatient = gateway with { MaxAttempts = 1, IdleTimeout = TimeSpan.FromMinutes(1), CallTimeout = TimeSpan.FromMinutes(2) };
        var model = Composition.CreateModel(impatient, SessionId.Create(TimeProvider.System), static _ => { });
        using var disposable = model as IDisposable;
        var question = new FirstMessage
        {
            Host = new HostFacts(),
            Issue = "This only tests the connection. Answer at once with a resolution: root_cause \"none\", resolution_plan \"none\", confidence \"High\".",
        };
        var clock = Stopwatch.StartNew();
        try
        {
            var reply = await model.AskAsync([new ChatMessage(ChatRole.User, question.Write())], cancellation).ConfigureAwait(false);
            var answered = $"{gateway} answered in {clock.Elapsed.TotalSeconds:0.0} s";
            return ModelReplyReader.Read(reply.Content) is InvalidAnswer { Faults: var faults }
                ? new(ModelCheck, CheckStatus.Limited, $"{answered}, but not by the contract: {faults[0].Path}: {faults[0].Message}", "Give the model the system prompt ('sonde prompt', 'sonde tensorzero DIR'), or name a more able one.")
                : new(ModelCheck, CheckStatus.Ok, $"{answered}{(choice.Warning is { } warning ? $". {warning}" : "")}");
        }
        catch (ModelUnavailableException e)
        {
            return new(ModelCheck, CheckStatus.Failed, e.Message, "Start the gateway, check the address, the model's name and the key; or use --model builtin.");
        }
        catch (OperationCanceledException)
        {
            return new(ModelCheck, CheckStatus.Failed, "interrupted before the model answered");
        }
    }

    private static string ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (IOException)
        {
            return "of an unknown version";
        }
    }
}
