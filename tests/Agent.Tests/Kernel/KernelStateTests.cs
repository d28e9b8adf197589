using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class KernelStateTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kernel-state-").FullName;

    public KernelStateTests()
    {
        Write("/proc/self/status", "Name:\tsonde\nCapEff:\t000001ffffffffff\n");
        Write("/proc/sys/kernel/perf_event_paranoid", "2\n");
        Write("/proc/sys/kernel/kptr_restrict", "1\n");
        Write("/proc/sys/kernel/unprivileged_bpf_disabled", "2\n");
        Write("/proc/sys/kernel/ftrace_enabled", "1\n");
        Write("/proc/sys/net/core/bpf_jit_enable", "1\n");
        Write("/proc/sys/kernel/bpf_stats_enabled", "0\n");
        Write("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
        Write("/sys/kernel/btf/vmlinux", "");
        Write("/sys/bus/event_source/devices/kprobe/type", "8\n");
        Write("/sys/bus/event_source/devices/uprobe/type", "9\n");
        Directory.CreateDirectory(_root + "/proc/self/ns");
        File.CreateSymbolicLink(_root + "/proc/self/ns/user", "user:[4026531837]");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Root_on_an_open_kernel_can_trace_and_every_check_is_met()
    {
        KernelState state = KernelState.Read(_root);
        Assert.True(state.CanTrace);
        Assert.True(state.HasKprobes);
        Assert.Equal((2, 1, 2), (state.PerfEventParanoid, state.KptrRestrict, state.UnprivilegedBpfDisabled));
        Assert.All(Checks(state), check =>
        {
            Assert.True(check.Supported, check.Name);
            Assert.Null(check.Fix);
        });
    }

    [Fact]
    public void A_user_without_capabilities_is_told_each_missing_one_with_its_fix()
    {
        Write("/proc/self/status", "CapEff:\t0000000000000000\n");
        KernelState state = KernelState.Read(_root);
        Assert.False(state.CanTrace);
        FeatureCheck[] missing = [.. Checks(state, addressesShown: false).Where(check => !check.Supported)];
        Assert.Equal(["CAP_BPF", "CAP_PERFMON", "CAP_SYS_PTRACE", "perf_event_paranoid", "kptr_restrict"], missing.Select(check => check.Name));
        Assert.All(missing, check => Assert.NotNull(check.Fix));
        Assert.Contains("setcap cap_bpf+ep", missing[0].Fix);
    }

    [Theory]
    [InlineData("000000c000000000", true)]
    [InlineData("0000000000200000", true)]
    [InlineData("0000008000000000", false)]
    [InlineData("0000004000000000", false)]
    public void Tracing_takes_CAP_BPF_and_CAP_PERFMON_or_CAP_SYS_ADMIN(string effective, bool canTrace)
    {
        Write("/proc/self/status", $"CapEff:\t{effective}\n");
        Assert.Equal(canTrace, KernelState.Read(_root).CanTrace);
    }

    [Fact]
    public void CAP_SYS_ADMIN_is_not_shown_as_the_capability_it_stands_for()
    {
        Capabilities admin = Capabilities.FromStatus("CapEff:\t0000000000200000\n");
        Assert.False(admin.Has("CAP_BPF"));
        Assert.True(admin.Allows("CAP_BPF"));
        Assert.False(admin.Allows("CAP_SYS_PTRACE"));
        Assert.False(admin.Has("CAP_OF_NOBODY"));
    }

    [Fact]
    public void Root_of_a_user_namespace_cannot_trace()
    {
        File.Delete(_root + "/proc/self/ns/user");
        File.CreateSymbolicLink(_root + "/proc/self/ns/user", "user:[4026532271]");
        AssertOnlyMissing("user namespace");
    }

    [Fact]
    public void Lockdown_for_confidentiality_forbids_tracing()
    {
        Write("/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
        Assert.Equal(Lockdown.Confidentiality, KernelState.Read(_root).Lockdown);
        AssertOnlyMissing("lockdown");
    }

    [Fact]
    public void Lockdown_for_integrity_allows_tracing()
    {
        Write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
        Assert.Equal(Lockdown.Integrity, KernelState.Read(_root).Lockdown);
        Assert.True(KernelState.Read(_root).CanTrace);
    }

    [Fact]
    public void A_kernel_without_the_features_says_which_options_it_lacks()
    {
        Directory.Delete(_root + "/sys", recursive: true);
        Directory.Delete(_root + "/proc/sys", recursive: true);
        KernelState state = KernelState.Read(_root);
        Assert.Null(state.PerfEventParanoid);
        Assert.Equal(Lockdown.Unknown, state.Lockdown);
        string[] fixes = [.. Checks(state).Where(check => !check.Supported).Select(check => check.Fix!)];
        Assert.Equal(6, fixes.Length);
        Assert.Contains(fixes, fix => fix.Contains("CONFIG_FUNCTION_TRACER", StringComparison.Ordinal));
        Assert.Contains(fixes, fix => fix.Contains("CONFIG_PERF_EVENTS", StringComparison.Ordinal));
        Assert.Contains(fixes, fix => fix.Contains("CONFIG_DEBUG_INFO_BTF", StringComparison.Ordinal));
        Assert.Contains(fixes, fix => fix.Contains("CONFIG_KPROBE_EVENTS", StringComparison.Ordinal));
        Assert.Contains(fixes, fix => fix.Contains("CONFIG_UPROBE_EVENTS", StringComparison.Ordinal));
    }

    [Fact]
    public void Addresses_hidden_from_everyone_are_a_matter_of_the_setting_not_of_capabilities()
    {
        Write("/proc/sys/kernel/kptr_restrict", "2\n");
        FeatureCheck check = Checks(KernelState.Read(_root), addressesShown: false).Single(check => check.Name == "kptr_restrict");
        Assert.Equal("sysctl kernel.kptr_restrict=1", check.Fix);
    }

    [Theory]
    [InlineData("/proc/sys/kernel/ftrace_enabled", "function tracer", "sysctl kernel.ftrace_enabled=1")]
    [InlineData("/proc/sys/net/core/bpf_jit_enable", "BPF compiler", "sysctl net.core.bpf_jit_enable=1")]
    public void What_is_switched_off_can_be_switched_on(string setting, string name, string fix)
    {
        Write(setting, "0\n");
        KernelState state = KernelState.Read(_root);
        Assert.True(state.CanTrace);
        FeatureCheck check = Assert.Single(Checks(state), check => !check.Supported);
        Assert.Equal((name, fix), (check.Name, check.Fix));
    }

    [Fact]
    public void Without_tracefs_the_reason_is_passed_on()
    {
        FeatureCheck check = FeatureChecks.Of(KernelState.Read(_root), true, null, "mounting it failed: fsopen: EPERM").Single(check => !check.Supported);
        Assert.Equal("tracefs", check.Name);
        Assert.Contains("fsopen: EPERM", check.Detail, StringComparison.Ordinal);
        Assert.NotNull(check.Fix);
    }

    [Fact]
    public void The_running_kernel_can_be_read()
    {
        Assert.NotEmpty(KernelFeatures.Checks());
        Assert.Equal(File.Exists("/sys/kernel/btf/vmlinux"), KernelFeatures.HasBtf);
    }

    private static IReadOnlyList<FeatureCheck> Checks(KernelState state, bool addressesShown = true) =>
        FeatureChecks.Of(state, addressesShown, "/sys/kernel/tracing", null);

    private void AssertOnlyMissing(string name)
    {
        KernelState state = KernelState.Read(_root);
        Assert.False(state.CanTrace);
        Assert.Equal([name], Checks(state).Where(check => !check.Supported).Select(check => check.Name));
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        File.WriteAllText(_root + path, text);
    }
}
