using Sonde.Diagnosis;
using Sonde.Protocol;

namespace Sonde.Tests.Diagnosis;

public sealed class HostFactsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("sonde-host-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Files_of_the_host_become_facts()
    {
        Put("/etc/os-release", "NAME=\"Debian GNU/Linux\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
        Put("/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
        Put("/proc/sys/kernel/hostname", "web-1\n");
        Put("/proc/meminfo", "MemTotal:        2048000 kB\nMemAvailable:    1024000 kB\nSwapTotal:       1024000 kB\nSwapFree:         512000 kB\n");
        Put("/proc/loadavg", "0.52 0.58 0.59 1/389 12345\n");
        Put("/proc/uptime", "3600.52 7000.00\n");
        Put("/proc/pressure/io", "some avg10=1.50 avg60=2.25 avg300=0.00 total=1\nfull avg10=0.50 avg60=0.75 avg300=0.00 total=1\n");
        Put("/sys/devices/system/cpu/online", "0-3,8\n");

        var facts = new HostFactsCollector(_root, static () => [new ProbeTypeFacts { Type = ProbeType.Kprobe, Available = true }]).Collect();

        Assert.Equal(("Debian GNU/Linux 12 (bookworm)", "6.1.0-18-amd64", "web-1", 5), (facts.Os, facts.Kernel, facts.Hostname, facts.Cpus));
        Assert.Equal(new MemoryFacts { TotalMib = 2000, AvailableMib = 1000, SwapTotalMib = 1000, SwapUsedMib = 500 }, facts.Memory);
        Assert.Equal([0.52, 0.58, 0.59], facts.Load);
        Assert.Equal(3600, facts.UptimeSeconds);
        Assert.Equal(new PressureFigures { SomeAvg10 = 1.5, SomeAvg60 = 2.25, FullAvg10 = 0.5, FullAvg60 = 0.75 }, facts.Pressure!.Io);
        Assert.Null(facts.Pressure.Cpu);
        Assert.Equal(ProbeType.Kprobe, Assert.Single(facts.ProbeTypes!).Type);
    }

    [Fact]
    public void A_host_without_any_of_the_files_is_no_failure()
    {
        var facts = new HostFactsCollector(_root).Collect();

        Assert.Null(facts.Os);
        Assert.Null(facts.Memory);
        Assert.Null(facts.Pressure);
        Assert.Empty(facts.FullFileSystems!);
        Assert.Equal("none", facts.Virtualization);
    }

    [Fact]
    public void This_host_is_described()
    {
        var facts = new HostFactsCollector().Collect();

        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), facts.Kernel);
        Assert.True(facts.Memory!.TotalMib > 0);
        Assert.True(facts.Cpus > 0);
        Assert.All(facts.FullFileSystems!, static f => Assert.True(f.UsedPercent > 80 || f.InodesUsedPercent > 80));
    }

    [Theory]
    [InlineData("/sys/hypervisor/type", "xen", "xen")]
    [InlineData("/sys/class/dmi/id/sys_vendor", "QEMU", "qemu")]
    [InlineData("/proc/cpuinfo", "flags\t\t: fpu vme hypervisor lahf_lm", "vm")]
    public void Hypervisors_are_told_by_their_marks(string file, string content, string expected)
    {
        Put(file, content + "\n");

        Assert.Equal(expected, new Surroundings(new HostFiles(_root)).Hypervisor());
    }

    [Theory]
    [InlineData("/.dockerenv", "", "docker")]
    [InlineData("/run/.containerenv", "", "podman")]
    [InlineData("/proc/self/cgroup", "0::/kubepods.slice/pod1", "kubernetes")]
    [InlineData("/proc/self/cgroup", "0::/user.slice", "none")]
    public void Containers_are_told_by_their_marks(string file, string content, string expected)
    {
        Put(file, content);

        Assert.Equal(expected, new Surroundings(new HostFiles(_root)).Container(static _ => null));
    }

    private void Put(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        File.WriteAllText(_root + path, content);
    }
}
