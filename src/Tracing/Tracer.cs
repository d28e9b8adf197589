using System.Collections.Concurrent;
using Sonde.Interop;
using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Probes;
using Sonde.Tracing.Targets;

namespace Sonde.Tracing;

/// <summary>Requests to attached programs: what is meant, what to try, what the kernel took.</summary>
internal sealed class Tracer : ITracer
{
    private static readonly int MostSideBySide = Math.Min(4, Environment.ProcessorCount);

    private readonly TargetResolver _resolver;
    private readonly ProbeImage _image;

    // What this kernel refused for a reason that holds for every target: not tried again for each of them.
    private readonly ConcurrentDictionary<Mechanism, ProgramError> _refused = [];

    private readonly TraceLimits _limits;

    /// <param name="kernel">The running kernel.</param>
    /// <param name="limits">What sessions may take of the host.</param>
    public Tracer(KernelView kernel, TraceLimits? limits = null)
    {
        _limits = limits ?? new TraceLimits();
        _resolver = new TargetResolver(kernel);
        _image = new ProbeImage(() => kernel.Btf);
    }

    /// <inheritdoc/>
    public ITraceSession Start(IReadOnlyList<ProgramRequest> requests, ITraceSink? sink)
    {
        var ring = SessionRing.TryCreate(_limits.RingBytes, out var errno);
        var threads = ThreadCount.Now();
        var probes = new Probe?[requests.Count];
        var errors = new ProgramError?[requests.Count];

        // The kernel verifies a program on the processor that loads it: several are loaded side by side. One at a time is taken, not the ranges of
        // Parallel.For: they are few, and some take three times as long as others.
        var taken = -1;
        Parallel.For(0, Math.Min(MostSideBySide, requests.Count), _ =>
        {
            for (int i; (i = Interlocked.Increment(ref taken)) < requests.Count;)
            {
                errors[i] = requests[i].Fault ?? (i >= ProgramRequest.MostPerRound ? TooMany() : ring is null ? NoRing(errno) : null);
                probes[i] = errors[i] is null ? Attach(requests[i], i, ring!.Fd, threads, out errors[i]) : null;
            }
        });

        var statuses = new List<ProgramStatus>();
        var traces = new ProgramTrace?[requests.Count];
        var epochOffset = KernelClock.EpochOffsetNs();
        var keys = new ResultKeys(DateTimeOffset.UtcNow);
        for (var i = 0; i < requests.Count; i++)
        {
            var key = keys.For(requests[i].Name);
            statuses.Add(new ProgramStatus(key, requests[i], probes[i]?.Candidate.Attached, errors[i]));
            traces[i] = probes[i] is { } probe ? new ProgramTrace(key, requests[i], probe, sink, epochOffset) : null;
        }

        return new TraceSession(statuses, traces, ring, _limits.Overhead);
    }

    private Probe? Attach(ProgramRequest request, int number, int ringFd, uint? threads, out ProgramError? error)
    {
        if (!FilterPlan.TryBuild(request, out var filter, out error))
        {
            return null;
        }

        var target = _resolver.Resolve(request);
        error = target.Error;
        var refusals = new List<string>();
        foreach (var candidate in target.Candidates)
        {
            if (FilterPlan.Unsuited(request, candidate) is { } unsuited)
            {
                error = unsuited;
                continue;
            }

            if (_refused.TryGetValue(candidate.Mechanism, out var known))
            {
                error = known;
                refusals.Add(known.Message);
                continue;
            }

            var options = new ProbeOptions(number, ringFd, Send(request), filter, request.Stack, threads);
            var lean = request.Aggregate == Aggregation.Counts && !FilterPlan.JudgesReturns(request) && !SyscallTargets.AsksForExits(request.Target) ? SyscallTargets.CountedOnly(candidate) : candidate;
            var probe = Probe.TryAttach(_image, lean with { Notes = [.. lean.Notes, .. refusals] }, options, out error);
            if (probe is not null)
            {
                return probe;
            }

            refusals.Add(error!.Message);
            if (error.Code == ErrorCodes.UnsupportedByKernel)
            {
                _refused[candidate.Mechanism] = error;
            }
        }

        if (error is not null && refusals.Count > 1)
        {
            error = error with { Message = string.Join("; ", refusals) };
        }

        return null;
    }

    private static SendMode Send(ProgramRequest request) => request.Aggregate switch
    {
        Aggregation.Counts => SendMode.None,
        Aggregation.Events => SendMode.All,
        _ => SendMode.Sample,
    };

    private static ProgramError TooMany() => new()
    {
        Code = ErrorCodes.InvalidRequest,
        Message = $"at most {ProgramRequest.MostPerRound} programs run in one round: ask for this one in the next",
    };

    private static ProgramError NoRing(int errno) => new()
    {
        Code = errno is 1 or 13 ? ErrorCodes.NoPermission : ErrorCodes.UnsupportedByKernel,
        Message = errno is 1 or 13
            ? $"creating the ring buffer was refused: {Errno.Name(errno)}: run as root, or with CAP_BPF and CAP_PERFMON; `sonde check` names what is missing"
            : $"creating the ring buffer failed: {Errno.Name(errno)}: sonde needs Linux 5.8 or newer with BPF",
    };
}
