namespace Sonde.Kernel;

/// <summary>Turns the state of a kernel into the conditions of tracing, one by one.</summary>
internal static class FeatureChecks
{
    /// <param name="state">The kernel's state.</param>
    /// <param name="addressesShown">Whether /proc/kallsyms shows addresses to the agent.</param>
    /// <param name="tracefs">Where tracefs was found, or null.</param>
    /// <param name="tracefsReason">Why it can't be had.</param>
    public static IReadOnlyList<FeatureCheck> Of(KernelState state, bool addressesShown, string? tracefs, string? tracefsReason) =>
    [
        Capability(state, "CAP_BPF", "to load programs"),
        Capability(state, "CAP_PERFMON", "to attach probes and read kernel memory"),
        Capability(state, "CAP_SYS_PTRACE", "to see other users' processes: their open files, memory maps and stacks"),
        UserNamespace(state),
        LockdownState(state),
        Paranoid(state),
        Addresses(state, addressesShown),
        Btf(state),
        Tracepoints(tracefs, tracefsReason),
        FunctionTracer(state),
        Source(state.HasKprobes, "kprobe", "CONFIG_KPROBE_EVENTS", "tracepoints stand in for kernel functions where there are any"),
        Source(state.HasUprobes, "uprobe", "CONFIG_UPROBE_EVENTS", "functions of programs and libraries can't be probed"),
        BpfCompiler(state),
        BpfStatistics(state),
    ];

    private static FeatureCheck Capability(KernelState state, string name, string purpose) =>
        state.Capabilities.Has(name) ? new(name, true, "effective", null)
        : state.Capabilities.Allows(name) ? new(name, true, "CAP_SYS_ADMIN stands for it", null)
        : new(
            name,
            false,
            $"not effective; needed {purpose}",
            $"run as root, or grant it: setcap {name.ToLowerInvariant()}+ep on the program, "
                + $"AmbientCapabilities={name} in a systemd unit, --cap-add {name["CAP_".Length..]} for a container");

    private static FeatureCheck UserNamespace(KernelState state) => state.InInitialUserNamespace
        ? new("user namespace", true, "the initial one", null)
        : new(
            "user namespace",
            false,
            "not the initial one: capabilities held here don't count for tracing the kernel",
            "run on the host, or in a container without user namespace remapping (not rootless)");

    private static FeatureCheck LockdownState(KernelState state) => state.Lockdown switch
    {
        Lockdown.None => new("lockdown", true, "none", null),
        Lockdown.Integrity => new("lockdown", true, "integrity, which allows reading by probes", null),
        Lockdown.Confidentiality => new(
            "lockdown",
            false,
            "confidentiality: the kernel refuses kprobes, tracefs and kernel memory even to root",
            "boot with lockdown=integrity or without lockdown="),
        _ => new("lockdown", true, "no /sys/kernel/security/lockdown: none is set, or it can't be seen from here", null),
    };

    private static FeatureCheck Paranoid(KernelState state)
    {
        const string name = "perf_event_paranoid";
        return state.PerfEventParanoid switch
        {
            null => new(
                name,
                false,
                "no such setting: the kernel has no perf events to attach probes with",
                "use a kernel with CONFIG_PERF_EVENTS"),
            int value when state.Capabilities.Allows("CAP_PERFMON") => new(name, true, $"{value}, which CAP_PERFMON overrides", null),
            int value and < 0 => new(name, true, $"{value}", null),
            int value => new(name, false, $"{value}: probes are refused without CAP_PERFMON", "run as root or with CAP_PERFMON"),
        };
    }

    private static FeatureCheck Addresses(KernelState state, bool shown)
    {
        const string name = "kptr_restrict";
        string value = state.KptrRestrict?.ToString() ?? "unknown";
        return shown
            ? new(name, true, $"{value}; kernel addresses are shown", null)
            : new(
                name,
                false,
                $"{value}; kernel addresses are hidden: call sites and stacks stay numbers",
                state.KptrRestrict >= 2 ? "sysctl kernel.kptr_restrict=1" : "run as root or with CAP_SYSLOG");
    }

    private static FeatureCheck Btf(KernelState state) => state.HasBtf
        ? new("BTF", true, "/sys/kernel/btf/vmlinux", null)
        : new(
            "BTF",
            false,
            "no /sys/kernel/btf/vmlinux: programs can't be fitted to this kernel's structures",
            "use a kernel with CONFIG_DEBUG_INFO_BTF (distribution kernels from 2021 on have it)");

    private static FeatureCheck Tracepoints(string? tracefs, string? reason) => tracefs is not null
        ? new("tracefs", true, tracefs, null)
        : new(
            "tracefs",
            false,
            $"{reason}; tracepoints can't be used without it",
            "run as root; in a container without CAP_SYS_ADMIN, mount the host's /sys/kernel/tracing into it");

    private static FeatureCheck FunctionTracer(KernelState state) => state.FtraceEnabled switch
    {
        null => new(
            "function tracer",
            false,
            "the kernel was built without CONFIG_FUNCTION_TRACER: no fentry, no fexit",
            "use a kernel with CONFIG_FUNCTION_TRACER"),
        0 => new("function tracer", false, "switched off: no fentry, no fexit", "sysctl kernel.ftrace_enabled=1"),
        _ => new("function tracer", true, "fentry and fexit can be tried", null),
    };

    private static FeatureCheck BpfCompiler(KernelState state) => state.BpfJitEnabled switch
    {
        0 => new(
            "BPF compiler",
            false,
            "switched off: no fentry, no fexit, and every program costs several times as much",
            "sysctl net.core.bpf_jit_enable=1"),
        null => new("BPF compiler", true, "not told here", null),
        _ => new("BPF compiler", true, "programs run as machine code", null),
    };

    private static FeatureCheck BpfStatistics(KernelState state) => state.HasBpfStatistics
        ? new("BPF statistics", true, "the kernel measures what each program costs", null)
        : new("BPF statistics", false, "the kernel can't measure what programs cost (Linux 5.1): the overhead budget isn't held", "use a kernel from 5.1 on");

    private static FeatureCheck Source(bool present, string device, string option, string consequence) => present
        ? new(device + "s", true, $"/sys/bus/event_source/devices/{device}", null)
        : new(device + "s", false, $"the kernel was built without {option}: {consequence}", $"use a kernel with {option}");
}
