using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>Gathers what a model needs to know of the host first. What can't be found out is left out; nothing here blocks or throws.</summary>
/// <param name="root">Folder that is taken for <c>/</c> in all that is read from files.</param>
/// <param name="probeTypes">What this kernel and these privileges allow to be probed, or null.</param>
internal sealed class HostFactsCollector(string root = "/", Func<IReadOnlyList<ProbeTypeFacts>>? probeTypes = null)
{
    private readonly HostFiles _files = new(root);

    public HostFacts Collect() => new()
    {
        Hostname = _files.Line("/proc/sys/kernel/hostname"),
        Os = OsName(),
        Kernel = _files.Line("/proc/sys/kernel/osrelease"),
        Architecture = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "x86_64",
            Architecture.Arm64 => "aarch64",
            var other => other.ToString().ToLowerInvariant(),
        },
        Virtualization = new Surroundings(_files).Hypervisor(),
        Container = new Surroundings(_files).Container(Environment.GetEnvironmentVariable),
        Cpus = OnlineCpus(),
        Memory = Memory(),
        Load = Load(),
        Pressure = Pressure(),
        UptimeSeconds = _files.Fields("/proc/uptime") is [var uptime, ..] ? (long?)HostFiles.Number(uptime) : null,
        FullFileSystems = new FullFileSystems(_files).Find(),
        Addresses = Addresses(),
        ProbeTypes = probeTypes?.Invoke(),
    };

    private string? OsName()
    {
        foreach (var file in (string[])["/etc/os-release", "/usr/lib/os-release"])
        {
            var lines = _files.Lines(file);
            if (Value(lines, "PRETTY_NAME") is { } pretty)
            {
                return pretty;
            }

            if (Value(lines, "NAME") is { } name)
            {
                return name;
            }
        }

        return null;

        static string? Value(IReadOnlyList<string> lines, string name) =>
            lines.FirstOrDefault(l => l.StartsWith(name + "=", StringComparison.Ordinal)) is { } line ? line[(name.Length + 1)..].Trim('"', '\'') : null;
    }

    // The kernel's list form: 0-3,8. Not what this process may use: a container's limit says nothing of the host.
    private int? OnlineCpus()
    {
        if (_files.Line("/sys/devices/system/cpu/online") is not { } list)
        {
            return Environment.ProcessorCount;
        }

        var count = 0;
        foreach (var range in list.Split(','))
        {
            var ends = range.Split('-');
            if (!int.TryParse(ends[0], out var first) || !int.TryParse(ends[^1], out var last))
            {
                return null;
            }

            count += last - first + 1;
        }

        return count;
    }

    private MemoryFacts? Memory()
    {
        var sizes = new Dictionary<string, long>();
        foreach (var line in _files.Lines("/proc/meminfo"))
        {
            if (line.Split([':', ' '], StringSplitOptions.RemoveEmptyEntries) is [var name, var kibibytes, ..] && long.TryParse(kibibytes, out var size))
            {
                sizes[name] = size / 1024;
            }
        }

        return sizes.TryGetValue("MemTotal", out var total)
            ? new MemoryFacts
            {
                TotalMib = total,
                AvailableMib = sizes.GetValueOrDefault("MemAvailable"),
                SwapTotalMib = sizes.GetValueOrDefault("SwapTotal"),
                SwapUsedMib = sizes.GetValueOrDefault("SwapTotal") - sizes.GetValueOrDefault("SwapFree"),
            }
            : null;
    }

    private double[]? Load() => _files.Fields("/proc/loadavg") is [var one, var five, var fifteen, ..]
        ? [HostFiles.Number(one) ?? 0, HostFiles.Number(five) ?? 0, HostFiles.Number(fifteen) ?? 0]
        : null;

    private PressureFacts? Pressure()
    {
        var facts = new PressureFacts { Cpu = Figures("cpu"), Memory = Figures("memory"), Io = Figures("io") };
        return facts is { Cpu: null, Memory: null, Io: null } ? null : facts;
    }

    // some avg10=0.00 avg60=0.00 avg300=0.00 total=0; the full line is missing for cpu before 5.13.
    private PressureFigures? Figures(string resource)
    {
        var figures = new PressureFigures();
        var lines = _files.Lines("/proc/pressure/" + resource);
        foreach (var line in lines)
        {
            figures = line.Split(' ') switch
            {
                ["some", var ten, var sixty, ..] => figures with { SomeAvg10 = Average(ten), SomeAvg60 = Average(sixty) },
                ["full", var ten, var sixty, ..] => figures with { FullAvg10 = Average(ten), FullAvg60 = Average(sixty) },
                _ => figures,
            };
        }

        return lines.Count > 0 ? figures : null;

        static double Average(string field) => HostFiles.Number(field[(field.IndexOf('=', StringComparison.Ordinal) + 1)..]) ?? 0;
    }

    private static AddressFacts[]? Addresses()
    {
        try
        {
            return
            [
                .. from card in NetworkInterface.GetAllNetworkInterfaces()
                   where card.NetworkInterfaceType != NetworkInterfaceType.Loopback
                   from address in card.GetIPProperties().UnicastAddresses
                   select new AddressFacts(card.Name, $"{address.Address.ToString().Split('%')[0]}/{address.PrefixLength}"),
            ];
        }
        catch (Exception e) when (e is NetworkInformationException or IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return null;
        }
    }
}
