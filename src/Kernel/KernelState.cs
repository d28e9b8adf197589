using System.Globalization;
using Sonde.Interop;

namespace Sonde.Kernel;

/// <summary>How far the kernel is locked down against root itself.</summary>
internal enum Lockdown
{
    /// <summary>No lockdown module, or securityfs can't be read where the agent runs.</summary>
    Unknown,

    /// <summary>Off.</summary>
    None,

    /// <summary>The kernel can't be changed; reading it by probes is allowed.</summary>
    Integrity,

    /// <summary>The kernel can't be read either: no kprobes, no tracefs, no kernel memory for BPF programs.</summary>
    Confidentiality,
}

/// <summary>What /proc and /sys tell about tracing on this machine; a setting is null where the kernel has no such file.</summary>
internal sealed record KernelState
{
    /// <summary>PROC_USER_INIT_INO of include/linux/proc_ns.h.</summary>
    private const string InitialUserNamespace = "user:[4026531837]";

    private const string SecurityFs = "/sys/kernel/security/";
    private const string LockdownFile = "lockdown";

    /// <summary>Effective capabilities.</summary>
    public required Capabilities Capabilities { get; init; }

    /// <summary>Capabilities only count for tracing in the initial user namespace: elsewhere root is root of its container.</summary>
    public required bool InInitialUserNamespace { get; init; }

    /// <summary>The kernel's types are in /sys/kernel/btf/vmlinux.</summary>
    public required bool HasBtf { get; init; }

    /// <summary>perf_event_open takes kprobes, so CONFIG_KPROBE_EVENTS is set.</summary>
    public required bool HasKprobes { get; init; }

    /// <summary>perf_event_open takes uprobes, so CONFIG_UPROBE_EVENTS is set.</summary>
    public required bool HasUprobes { get; init; }

    /// <summary>kernel.ftrace_enabled: 0 forbids fentry and fexit; null without CONFIG_FUNCTION_TRACER, where there are none.</summary>
    public required int? FtraceEnabled { get; init; }

    /// <summary>net.core.bpf_jit_enable: without it there is no fentry; null where it is always on, and outside the initial network namespace.</summary>
    public required int? BpfJitEnabled { get; init; }

    /// <summary>The kernel can measure the time that each program takes.</summary>
    public required bool HasBpfStatistics { get; init; }

    /// <summary>kernel.perf_event_paranoid; null without CONFIG_PERF_EVENTS.</summary>
    public required int? PerfEventParanoid { get; init; }

    /// <summary>kernel.kptr_restrict.</summary>
    public required int? KptrRestrict { get; init; }

    /// <summary>kernel.unprivileged_bpf_disabled; null without CONFIG_BPF_SYSCALL.</summary>
    public required int? UnprivilegedBpfDisabled { get; init; }

    /// <summary>The state of the lockdown module.</summary>
    public required Lockdown Lockdown { get; init; }

    /// <summary>Programs can be loaded and attached as far as privileges go.</summary>
    public bool CanTrace =>
        InInitialUserNamespace
        && Capabilities.Allows("CAP_BPF")
        && Capabilities.Allows("CAP_PERFMON")
        && Lockdown != Lockdown.Confidentiality;

    /// <summary>Reads the state below a root folder, which is only ever another one than the system's in tests.</summary>
    public static KernelState Read(string root = "") => new()
    {
        Capabilities = Capabilities.FromStatus(Text(root, "/proc/self/status") ?? string.Empty),
        InInitialUserNamespace = IsInitialUserNamespace(root),
        HasBtf = File.Exists(root + "/sys/kernel/btf/vmlinux"),
        HasKprobes = File.Exists(root + "/sys/bus/event_source/devices/kprobe/type"),
        HasUprobes = File.Exists(root + "/sys/bus/event_source/devices/uprobe/type"),
        FtraceEnabled = Number(root, "/proc/sys/kernel/ftrace_enabled"),
        BpfJitEnabled = Number(root, "/proc/sys/net/core/bpf_jit_enable"),
        HasBpfStatistics = File.Exists(root + "/proc/sys/kernel/bpf_stats_enabled"),
        PerfEventParanoid = Number(root, "/proc/sys/kernel/perf_event_paranoid"),
        KptrRestrict = Number(root, "/proc/sys/kernel/kptr_restrict"),
        UnprivilegedBpfDisabled = Number(root, "/proc/sys/kernel/unprivileged_bpf_disabled"),
        Lockdown = LockdownOf(Text(root, SecurityFs + LockdownFile) ?? (root.Length == 0 ? UnmountedText(LockdownFile) : null)),
    };

    private static bool IsInitialUserNamespace(string root)
    {
        try
        {
            // Without CONFIG_USER_NS there is no link, and only the one namespace.
            string? link = new FileInfo(root + "/proc/self/ns/user").LinkTarget;
            return link is null or InitialUserNamespace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>The choice in brackets of e.g. <c>none [integrity] confidentiality</c>.</summary>
    private static Lockdown LockdownOf(string? text) => text switch
    {
        not null when text.Contains("[none]", StringComparison.Ordinal) => Lockdown.None,
        not null when text.Contains("[integrity]", StringComparison.Ordinal) => Lockdown.Integrity,
        not null when text.Contains("[confidentiality]", StringComparison.Ordinal) => Lockdown.Confidentiality,
        _ => Lockdown.Unknown,
    };

    private static int? Number(string root, string path) =>
        int.TryParse(Text(root, path), NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite, null, out int value) ? value : null;

    private static string? Text(string root, string path)
    {
        try
        {
            return File.ReadAllText(root + path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Containers and minimal hosts leave securityfs unmounted: then it is mounted for this one look, attached nowhere.
    private static string? UnmountedText(string file)
    {
        int mount = DetachedMount.Create("securityfs", out _, out _);
        if (mount < 0)
        {
            return null;
        }

        try
        {
            return Text($"/proc/self/fd/{mount}/", file);
        }
        finally
        {
            FileDescriptor.Close(mount);
        }
    }
}
