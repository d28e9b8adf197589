using System.Text;
using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Targets;

/// <summary>A request's filters as the kernel side takes them.</summary>
internal static class FilterPlan
{
    /// <summary>The part of the plan that doesn't depend on the probe; false with the reason when a filter names nothing.</summary>
    public static bool TryBuild(ProgramRequest request, out WireFilter filter, out ProgramError? error)
    {
        var asked = request.Filters;
        filter = new WireFilter { PidNamespace = PidNamespace.Current.IsInitial ? 0 : PidNamespace.Current.Inode };
        error = null;
        if (asked.Pid is { } pid)
        {
            filter.Set |= FilterSet.Pid;
            filter.Pid = (uint)pid;
        }

        if (asked.Tid is { } tid)
        {
            filter.Set |= FilterSet.Tid;
            filter.Tid = (uint)tid;
        }

        if (asked.Ppid is { } ppid)
        {
            filter.Set |= FilterSet.Ppid;
            filter.Ppid = (uint)ppid;
        }

        if (asked.Uid is { } uid)
        {
            filter.Set |= FilterSet.Uid;
            filter.Uid = uid;
        }

        if (asked.Comm is { Length: > 0 } comm)
        {
            filter.Set |= FilterSet.Comm;
            WriteComm(comm, ref filter.Comm);
        }

        if (asked.MinLatencyUs is { } latency)
        {
            filter.Set |= FilterSet.MinLatency;
            filter.MinLatencyNs = (ulong)Math.Max(0, latency) * 1000;
        }

        if (asked.ErrorsOnly)
        {
            filter.Set |= FilterSet.Errors;
        }

        if (asked.Cgroup is { Length: > 0 } cgroup)
        {
            if (CgroupLookup.Find(cgroup) is not { } found)
            {
                error = Invalid($"no cgroup is named {cgroup}: give its path below the cgroup root, or the beginning of a container's id");
                return false;
            }

            filter.Set |= FilterSet.Cgroup;
            filter.Cgroup = found.Id;
            filter.CgroupLevel = found.Level;
        }

        return true;
    }

    /// <summary>Whether only a call's return tells if it matches.</summary>
    public static bool JudgesReturns(ProgramRequest request) => request.Filters.ErrorsOnly || request.Filters.MinLatencyUs is not null;

    /// <summary>Why a candidate can't apply these filters; null when it can.</summary>
    public static ProgramError? Unsuited(ProgramRequest request, ProbeCandidate candidate) =>
        (candidate.Paired || request.Filters.MinLatencyUs is null) && (candidate.Parts.Any(part => part.Layout.ReturnBits >= 32) || !request.Filters.ErrorsOnly)
            ? null
            : Invalid($"min_latency_us and errors_only need a return, which {candidate.Attached} has not: ask for a kretprobe or a system call");

    /// <summary>The filter for one part. The agent's own system calls are noise in every answer, so they don't count.</summary>
    public static WireFilter For(ProbePart part, WireFilter filter)
    {
        if (part.Mechanism == Mechanism.SyscallPair)
        {
            filter.Set |= FilterSet.NotAgent;
            filter.AgentPid = (uint)Environment.ProcessId;
        }

        return filter;
    }

    private static void WriteComm(string comm, ref WireComm to)
    {
        var bytes = Encoding.UTF8.GetBytes(comm);
        for (var i = 0; i < Math.Min(bytes.Length, Wire.Comm - 1); i++)
        {
            to[i] = bytes[i];
        }
    }

    private static ProgramError Invalid(string message) => new() { Code = ErrorCodes.InvalidRequest, Message = message };
}
