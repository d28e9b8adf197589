using System.Text.Json.Nodes;
using Sonde.Kernel;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>Tasks that begin and end: whose child, by which flags, with what result.</summary>
internal static class Processes
{
    private const ulong CloneThread = 0x10000;
    private const int CoreDumped = 0x80;

    /// <summary>The current task's parent process, by name and id.</summary>
    public static void AddParent(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (kernel.Btf is not { } btf
            || btf.OffsetOf("task_struct", "real_parent") is not { } parent
            || btf.OffsetOf("task_struct", "group_leader") is not { } leader
            || btf.OffsetOf("task_struct", "comm") is not { } comm
            || btf.OffsetOf("task_struct", "tgid") is not { } tgid)
        {
            return;
        }

        var task = layout.CurrentTask();
        var name = layout.Fetch(FetchKind.Bytes, task, Wire.Comm, [parent, leader, comm]);
        var id = layout.Fetch(FetchKind.Bytes, task, sizeof(int), [parent, tgid]);
        layout.Decode((raw, data) =>
        {
            data["parent_process_name"] = raw.TryFetched(name, out var bytes) ? Text.FromKernel(bytes) : null;
            data["parent_process_id"] = raw.TryFetched(id, out bytes) ? BitConverter.ToInt32(bytes) : null;
        });
    }

    /// <summary>How a task ended (do_exit in kernel/exit.c), how old it was, and whether its process ended with it.</summary>
    public static void AddExit(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        AddParent(layout, kernel, format);
        if (kernel.Btf is not { } btf
            || btf.OffsetOf("task_struct", "exit_code") is not { } code
            || btf.OffsetOf("task_struct", "start_time") is not { } started
            || btf.OffsetOf("task_struct", "signal") is not { } signal
            || btf.OffsetOf("signal_struct", "live") is not { } live)
        {
            return;
        }

        var task = layout.CurrentTask();
        var exit = layout.Fetch(FetchKind.Bytes, task, sizeof(int), [code]);
        var start = layout.Fetch(FetchKind.Bytes, task, sizeof(ulong), [started]);
        layout.KeyFields = ["exit_code"];
        layout.KeyOtherwise = "signal";
        layout.KeySource("exit_code", EventKey.OfFetch(exit, layout.Fetches[exit], 0, sizeof(int)));

        // Counted down before the tracepoint: the last thread finds none left.
        var threads = layout.Fetch(FetchKind.Bytes, task, sizeof(int), [signal, live]);
        layout.Decode((raw, data) =>
        {
            foreach (var name in (string[])["comm", "pid", "prio", "group_dead"])
            {
                data.Remove(name);
            }

            if (raw.TryFetched(exit, out var bytes))
            {
                SetExit(data, BitConverter.ToInt32(bytes));
            }

            if (raw.TryFetched(start, out bytes))
            {
                data["lifetime_ms"] = Math.Round((raw.Header.TimeNs - BitConverter.ToUInt64(bytes)) / 1e6, 1);
            }

            data["is_thread"] = raw.TryFetched(threads, out bytes) ? BitConverter.ToInt32(bytes) > 0 : null;
        });
    }

    /// <summary>The wait status's two halves: an exit code, or a signal.</summary>
    internal static void SetExit(JsonObject data, int status)
    {
        var signal = status & 0x7f;
        if (signal == 0)
        {
            data["exit_code"] = (status >> 8) & 0xff;
            return;
        }

        data["signal"] = Signals.Name(signal);
        data["core_dumped"] = (status & CoreDumped) != 0;
    }

    /// <summary>A fork by its function: the flags are in its argument, the child is its return value.</summary>
    public static void AddFork(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (kernel.Btf?.OffsetOf("kernel_clone_args", "flags") is not { } flags
            || kernel.Btf.OffsetOf("kernel_clone_args", "exit_signal") is not { } signal)
        {
            return;
        }

        var flag = layout.Fetch(FetchKind.Bytes, 0, sizeof(ulong), [flags]);
        var exit = layout.Fetch(FetchKind.Bytes, 0, sizeof(int), [signal]);
        layout.Decode((raw, data) =>
        {
            data.Remove("args");
            SetParent(data, raw);
            if (raw.TryFetched(flag, out var bytes))
            {
                var value = BitConverter.ToUInt64(bytes);
                SetFlags(data, value | (raw.TryFetched(exit, out bytes) ? (ulong)BitConverter.ToInt32(bytes) & 0x7f : 0));
            }

            if (raw.Returned && raw.Header.Ret > 0)
            {
                // The child is a copy: until it executes something else it has its parent's name.
                data["child_process_id"] = raw.Header.Ret;
                data["child_process_name"] = raw.Comm;
            }
        });
    }

    /// <summary>A fork by its tracepoints: the new task's flags, then the fork itself.</summary>
    public static void AddNewTask(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (format?.Field("clone_flags") is not { } flags)
        {
            return;
        }

        if (kernel.Tracefs?.ReadFormat("sched", "sched_process_fork") is { } fork && fork.Field("child_pid") is { } child && format.Field("pid") is { } pid)
        {
            layout.CompleteBy(new Completion("sched/sched_process_fork", fork, [pid], [child]));
            layout.DurationName = null;
        }

        layout.Decode((raw, data) =>
        {
            data.Remove("oom_score_adj");
            SetParent(data, raw);
            SetFlags(data, raw.Word(flags.Offset));
        });
    }

    /// <summary>The flags of a new task, by name.</summary>
    public static void AddFlags(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (format?.Field("clone_flags") is { } flags)
        {
            layout.Decode((raw, data) => SetFlags(data, raw.Word(flags.Offset)));
        }
    }

    private static void SetParent(JsonObject data, RawEvent raw)
    {
        data["parent_process_name"] = raw.Comm;
        data["parent_process_id"] = (int)raw.Header.Pid;
    }

    private static void SetFlags(JsonObject data, ulong flags)
    {
        data["clone_flags"] = FlagNames.CloneFlags(flags);
        data["is_thread"] = (flags & CloneThread) != 0;
    }
}
