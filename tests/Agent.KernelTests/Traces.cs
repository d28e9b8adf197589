using System.Net;
using System.Net.Sockets;
using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing;

namespace Sonde.Tests.Kernel;

/// <summary>What tests that trace this machine's kernel share.</summary>
internal static class Traces
{
    public static readonly KernelView View = new();

    public static ProgramRequest Request(string target, GatedShell shell) => new()
    {
        Name = "probe",
        Type = ProbeType.Tracepoint,
        Target = target,
        Filters = new ProgramFilters { Pid = shell.Pid },
        Duration = 60,
    };

    public static ITraceSession Start(IReadOnlyList<ProgramRequest> requests, TraceLimits? limits = null, ITraceSink? sink = null)
    {
        Assert.SkipUnless(KernelFeatures.CanTrace, "tracing needs root, or CAP_BPF and CAP_PERFMON");
        return new Tracer(View, limits).Start(requests, sink);
    }

    public static async Task<ProgramResult> TraceAsync(GatedShell shell, ProgramRequest request) => Assert.Single(await TraceAsync(shell, [request]));

    public static async Task<IReadOnlyList<ProgramResult>> TraceAsync(GatedShell shell, IReadOnlyList<ProgramRequest> requests)
    {
        using var session = Start(requests);
        shell.Run();
        return [.. (await session.CompleteAsync(new CancellationToken(canceled: true))).Values];
    }

    public static async Task<ProgramResult> StopAsync(ITraceSession session) =>
        Assert.Single(await session.CompleteAsync(new CancellationToken(canceled: true))).Value;

    public static void AssertAddsUp(ProgramResult result)
    {
        Assert.Null(result.Error);
        Assert.Equal(result.EventCount, result.Counts.Matched);
        Assert.Equal(result.Counts.Matched, result.Counts.Delivered + result.Counts.SampledOut + result.Counts.Lost);
    }

    // Bound once and closed: nothing listens there, and the kernel won't hand it out again soon.
    public static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
