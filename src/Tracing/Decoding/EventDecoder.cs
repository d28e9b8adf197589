using System.Text.Json.Nodes;
using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>Turns records of one program into the contract's events.</summary>
internal sealed class EventDecoder
{
    private readonly EventLayout[] _layouts;
    private readonly long _epochOffsetNs;

    /// <param name="layouts">How the records of each part are laid out.</param>
    /// <param name="epochOffsetNs">From the kernel's monotonic clock to the Unix epoch.</param>
    public EventDecoder(IEnumerable<EventLayout> layouts, long epochOffsetNs)
    {
        _layouts = [.. layouts];
        _epochOffsetNs = epochOffsetNs;
    }

    /// <summary>One event.</summary>
    /// <param name="record">As the kernel sent it.</param>
    /// <param name="windowEndNs">Monotonic end of the window: a call that hasn't returned by then is that old.</param>
    public TraceEvent Decode(ReadOnlySpan<byte> record, long windowEndNs)
    {
        var raw = new RawEvent(record, default);
        ref readonly var header = ref raw.Header;
        var layout = _layouts[header.Part];
        var data = layout.Data(record);
        if (layout.Paired)
        {
            AddOutcome(layout, raw, data, windowEndNs);
        }

        if (Containers.IdOf(header.Cgroup) is { } container)
        {
            data["container_id"] = container;
        }

        return new TraceEvent
        {
            Timestamp = (long)header.TimeNs + _epochOffsetNs,
            ProcessId = (int)header.Pid,
            ThreadId = (int)header.Tid,
            UserId = header.Uid,
            ProcessName = raw.Comm,
            EventType = layout.EventType,
            Data = data,
            HostProcessId = header.HostPid == header.Pid ? null : (int)header.HostPid,
        };
    }

    /// <summary>Microseconds with one decimal: nanoseconds would promise more than two clock readings hold.</summary>
    public static double Microseconds(ulong ns) => Math.Round(ns / 1000.0, 1);

    private static void AddOutcome(EventLayout layout, RawEvent raw, JsonObject data, long windowEndNs)
    {
        ref readonly var header = ref raw.Header;
        if ((header.Flags & RecordFlags.ReturnMissed) != 0)
        {
            data["return_missed"] = true;
            return;
        }

        if (layout.IsAnyCall && !raw.Returned && (header.Flags & (RecordFlags.InFlight | RecordFlags.Superseded)) == 0)
        {
            // It never was in flight: a call that ends its thread.
            data["thread_exited"] = true;
            return;
        }

        if (!raw.Returned && (header.Flags & RecordFlags.Sent) == 0 && layout.Pairing == PairKind.Call && !ThreadStack.Exists((int)header.Pid, (int)header.Tid))
        {
            // exit and exit_group never return, and a thread may end while the window does.
            data["thread_exited"] = true;
            return;
        }

        if ((header.Flags & RecordFlags.Superseded) != 0)
        {
            data["superseded"] = true;
            return;
        }

        if (!raw.Returned)
        {
            data["in_progress"] = true;
            data["age_us"] = Microseconds((ulong)Math.Max(0, windowEndNs - (long)header.TimeNs));
            if ((header.Flags & RecordFlags.ReturnUnsure) != 0)
            {
                data["return_may_be_missed"] = true;
            }

            return;
        }

        if (layout.ReturnDecoder is { } decodeReturn)
        {
            if (layout.ReturnBits >= 32 && header.Ret is < 0 and >= -4095)
            {
                data["return_value"] = header.Ret;
                data["error"] = Errno.Name((int)-header.Ret);
            }
            else
            {
                data["return_value"] = decodeReturn(header.Ret);
            }
        }

        if (layout.DurationName is { } name)
        {
            data[name] = Microseconds(header.DurationNs);
        }
    }
}
