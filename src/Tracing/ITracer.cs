using Sonde.Protocol;
using Sonde.Tracing.Decoding;

namespace Sonde.Tracing;

/// <summary>Attaches eBPF programs and brings back what they saw. It doesn't know who asks.</summary>
internal interface ITracer
{
    /// <summary>
    /// Attaches every program that can be attached and returns once all are. One that can't is part of the session with its error.
    /// The windows run from here on.
    /// </summary>
    /// <param name="requests">In the plan's order; faulted ones and those over <see cref="ProgramRequest.MostPerRound"/> are answered with an error.</param>
    /// <param name="sink">Receives every delivered event while the trace runs, or null.</param>
    ITraceSession Start(IReadOnlyList<ProgramRequest> requests, ITraceSink? sink);
}

/// <summary>Programs attached side by side in one window each. Disposing detaches whatever still is.</summary>
internal interface ITraceSession : IDisposable
{
    /// <summary>By result key, in the plan's order: what was attached to what, or the error.</summary>
    IReadOnlyList<ProgramStatus> Programs { get; }

    /// <summary>
    /// Waits for every window to end, or for <paramref name="stop"/>, which ends them early and still returns what was gathered; detaches; returns the results by key, in the plan's order.
    /// </summary>
    Task<IReadOnlyDictionary<string, ProgramResult>> CompleteAsync(CancellationToken stop);
}

/// <summary>One program of a session after attaching.</summary>
/// <param name="Key">Its key in the results.</param>
/// <param name="Request">What was asked.</param>
/// <param name="Attached">What was attached, or null.</param>
/// <param name="Error">Why nothing was, or null.</param>
internal sealed record ProgramStatus(string Key, ProgramRequest Request, string? Attached, ProgramError? Error);

/// <summary>Receives events as they arrive, on the reader's thread: it must be quick and must not throw.</summary>
internal interface ITraceSink
{
    /// <summary>One delivered event.</summary>
    /// <param name="key">The program's result key.</param>
    /// <param name="decoder">Makes an event of the record, on any thread.</param>
    /// <param name="record">As the kernel sent it; valid only during the call.</param>
    /// <param name="windowEndNs">For the decoder: the end of the window, once there is one.</param>
    void OnRecord(string key, EventDecoder decoder, ReadOnlySpan<byte> record, long windowEndNs);

    /// <summary>Whether it wants to hear how a program is doing: reading its counters costs the agent a little.</summary>
    bool WantsProgress => false;

    /// <summary>The figures of a program while its window is open, twice a second.</summary>
    void OnProgress(TraceProgress progress)
    {
    }
}

/// <summary>What the kernel has counted for a program so far.</summary>
/// <param name="Key">The program's result key.</param>
/// <param name="Elapsed">Since its window began.</param>
/// <param name="Counts">Calls in flight are not part of them yet.</param>
/// <param name="Statistics">As in a result.</param>
internal sealed record TraceProgress(string Key, TimeSpan Elapsed, EventCounts Counts, TraceStatistics Statistics);
