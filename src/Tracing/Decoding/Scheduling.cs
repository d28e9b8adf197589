using Sonde.Kernel;

namespace Sonde.Tracing.Decoding;

/// <summary>Switches between tasks: why a task left its CPU, how long it stayed away, and how much of that it waited for one.</summary>
internal static class Scheduling
{
    /// <summary>
    /// A task's switch away is completed by the switch back to it; the wakeup in between begins its wait in the run queue. A task that
    /// was preempted waits from the start.
    /// </summary>
    public static void AddSwitch(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (format is null
            || kernel.Tracefs?.ReadFormat("sched", "sched_wakeup") is not { } wakeup
            || wakeup.Field("pid") is not { } woken
            || format.Field("prev_pid") is not { } previous
            || format.Field("next_pid") is not { } next
            || format.Field("prev_state") is not { } state)
        {
            return;
        }

        // The idle task leaves its CPU whenever there is work: no evidence, and it is one task on every CPU.
        layout.Conditions = [.. layout.Conditions, Completion.Where(previous, 0, differs: true)];
        layout.CompleteBy(new Completion("sched/sched_switch", format, [previous], [next]) { Mark = (wakeup, woken) });
        layout.DurationName = "off_cpu_us";
        layout.KeyFields = ["previous_state"];
        layout.Decode((raw, data) =>
        {
            AddVoluntary(raw, data, state);
            if (!raw.Returned)
            {
                return;
            }

            var woke = raw.Word(layout.MarkOffset);
            var runnable = woke != 0 ? woke : raw.Integer(state.Offset, state.Size, signed: true) is 0 or Preempted ? raw.Header.TimeNs : 0;
            var back = raw.Header.TimeNs + raw.Header.DurationNs;
            if (runnable != 0 && runnable <= back)
            {
                data["run_queue_latency_us"] = EventDecoder.Microseconds(back - runnable);
            }
        });
    }

    /// <summary>Whether the task gave its CPU up, for any switch.</summary>
    public static void AddReason(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (format?.Field("prev_state") is { } state)
        {
            layout.KeyFields = ["previous_state"];
            layout.Decode((raw, data) => AddVoluntary(raw, data, state));
        }
    }

    // TASK_REPORT_MAX of include/linux/sched.h: still runnable, as it was preempted.
    private const long Preempted = 0x100;

    private static void AddVoluntary(RawEvent raw, System.Text.Json.Nodes.JsonObject data, TracepointField state) =>
        data["voluntary"] = (raw.Integer(state.Offset, state.Size, signed: true) & Preempted) == 0;
}
