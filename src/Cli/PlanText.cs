using System.Globalization;
using System.Text;
using Sonde.Commands;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary>A plan as a person reads it before it runs: every item with its number, and what it may cost.</summary>
internal static class PlanText
{
    // Hit on a busy host hundreds of thousands of times a second.
    private static readonly string[] Hot =
    [
        "sched/sched_switch", "sched/sched_wakeup", "sched/sched_waking", "sched/sched_stat_runtime", "raw_syscalls/sys_enter", "raw_syscalls/sys_exit", "syscalls/sys_enter_*", "syscalls/sys_exit_*",
        "kmem/kmalloc", "kmem/kfree", "kmem/mm_page_alloc", "kmem/kmem_cache_alloc", "timer/hrtimer_start", "timer/hrtimer_expire_entry", "irq/softirq_entry", "rcu/rcu_utilization",
        "exceptions/page_fault_user", "syscalls/sys_enter_futex", "syscalls/sys_enter_read", "syscalls/sys_enter_write", "net/netif_receive_skb", "net/net_dev_queue",
        "schedule", "__schedule", "try_to_wake_up", "vfs_read", "vfs_write", "tcp_sendmsg", "tcp_recvmsg", "handle_mm_fault", "__alloc_pages", "ksys_read", "ksys_write",
    ];

    /// <summary>The plan, numbered: commands first, then programs.</summary>
    /// <param name="round">From 1.</param>
    /// <param name="plan">As the model asked for it.</param>
    /// <param name="unconfined">Whether commands run with the agent's own rights.</param>
    public static string Write(int round, DiagnosticPlan plan, bool unconfined = false)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Round {round}: {plan.Commands.Count} commands, {plan.EbpfPrograms.Count} eBPF programs");
        if (!string.IsNullOrWhiteSpace(plan.Reasoning))
        {
            text.Append("Why: ").AppendLine(PrintableText.Line(plan.Reasoning));
        }

        var number = 0;
        foreach (var command in plan.Commands)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{++number,3}. command {PrintableText.Line(command.Id)}: {PrintableText.Line(command.Command)}");
            Describe(text, command.Description);
            text.AppendLine(CultureInfo.InvariantCulture, $"     runs in: {(unconfined ? "nothing: unconfined" : PrintableText.Line(CommandPlan.Protection(command.Command)))}; may cost: up to {new CommandLimits().Timeout.TotalSeconds:0} s");
        }

        foreach (var program in plan.EbpfPrograms)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{++number,3}. {program.Type.ToString().ToLowerInvariant()} {PrintableText.Line(program.Target)} as {PrintableText.Line(program.Name)}{FiltersOf(program.Filters)}");
            Describe(text, program.Description);
            text.Append("     ").AppendLine(program.Fault is { } fault
                ? $"will not be attached: {PrintableText.Line(fault.Message)}"
                : string.Create(CultureInfo.InvariantCulture, $"may cost: {program.Duration:0.#} s attached{(IsHot(program) ? ", on a target that busy hosts hit very often: every hit is counted" : "")}"));
        }

        return text.ToString();
    }

    private static void Describe(StringBuilder text, string? description)
    {
        if (!string.IsNullOrWhiteSpace(description))
        {
            text.Append("     ").AppendLine(PrintableText.Line(description));
        }
    }

    private static bool IsHot(ProgramRequest program) => program.Target.Contains('*', StringComparison.Ordinal) || Hot.Contains(program.Target);

    private static string FiltersOf(ProgramFilters filters)
    {
        List<string> parts = [];
        Add("pid", filters.Pid);
        Add("tid", filters.Tid);
        Add("ppid", filters.Ppid);
        Add("comm", filters.Comm);
        Add("uid", filters.Uid);
        Add("cgroup", filters.Cgroup);
        Add("min_latency_us", filters.MinLatencyUs);
        Add("errors_only", filters.ErrorsOnly ? "yes" : null);
        return parts.Count == 0 ? ", for every process" : $", only {string.Join(", ", parts)}";

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                parts.Add($"{name}={PrintableText.Line(Convert.ToString(value, CultureInfo.InvariantCulture)!)}");
            }
        }
    }
}
