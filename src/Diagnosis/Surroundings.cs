namespace Sonde.Diagnosis;

/// <summary>Tells what the agent runs in, from the marks that hypervisors and container engines leave.</summary>
internal sealed class Surroundings(HostFiles files)
{
    private const string None = "none";

    private static readonly (string Mark, string Name)[] Vendors =
    [
        ("QEMU", "qemu"), ("KVM", "kvm"), ("Amazon EC2", "amazon"), ("Google", "google"), ("VMware", "vmware"), ("VirtualBox", "virtualbox"), ("innotek", "virtualbox"),
        ("Microsoft Corporation", "hyperv"), ("Xen", "xen"), ("Parallels", "parallels"), ("DigitalOcean", "kvm"), ("OpenStack", "kvm"), ("Apple Virtualization", "apple"), ("Firecracker", "firecracker"),
    ];

    private static readonly (string Mark, string Name)[] Engines =
        [("kubepods", "kubernetes"), ("docker", "docker"), ("libpod", "podman"), ("crio", "cri-o"), ("containerd", "containerd"), ("lxc", "lxc"), ("machine.slice", "systemd-nspawn")];

    /// <summary>The hypervisor, <c>vm</c> where only its presence shows, or <c>none</c>.</summary>
    public string Hypervisor()
    {
        if (files.Line("/sys/hypervisor/type") is { } type)
        {
            return type;
        }

        var isGuest = files.Lines("/proc/cpuinfo").Any(static l => l.StartsWith("flags", StringComparison.Ordinal) && l.Contains(" hypervisor", StringComparison.Ordinal));
        foreach (var file in (string[])["/sys/class/dmi/id/sys_vendor", "/sys/class/dmi/id/product_name", "/sys/class/dmi/id/board_vendor", "/sys/class/dmi/id/bios_vendor"])
        {
            // Bare metal of the same vendors exists: the processor's own word decides where it has one.
            if (files.Line(file) is { } vendor && Array.Find(Vendors, v => vendor.Contains(v.Mark, StringComparison.OrdinalIgnoreCase)) is { Name: { } name }
                && (isGuest || name is "qemu" or "kvm"))
            {
                return name;
            }
        }

        return isGuest ? "vm" : None;
    }

    /// <summary>The container engine, <c>container</c> where only its presence shows, or <c>none</c>.</summary>
    public string Container(Func<string, string?> environment)
    {
        if (environment("KUBERNETES_SERVICE_HOST") is { Length: > 0 })
        {
            return "kubernetes";
        }

        if (files.Exists("/run/.containerenv"))
        {
            return "podman";
        }

        if (files.Exists("/.dockerenv"))
        {
            return "docker";
        }

        if (files.Line("/run/systemd/container") is { } named)
        {
            return named;
        }

        var groups = string.Join('\n', files.Lines("/proc/self/cgroup"));
        if (Array.Find(Engines, e => groups.Contains(e.Mark, StringComparison.Ordinal)) is { Name: { } engine })
        {
            return engine;
        }

        return environment("container") is { Length: > 0 } ? "container" : None;
    }
}
