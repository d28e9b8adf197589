using Sonde.Interop;

namespace Sonde.Kernel;

/// <summary>
/// The kernel's tracing file system. Where nobody mounted it, the agent mounts it for itself without attaching it anywhere: no other
/// process sees the mount, and it goes with the agent.
/// </summary>
internal sealed class Tracefs
{
    private static readonly string[] UsualPlaces = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

    // The descriptor stays open as long as the agent runs: it is the mount.
    private static readonly Lazy<(int Fd, string Step, int Errno)> OwnMount = new(() =>
    {
        var fd = DetachedMount.Create("tracefs", out var step, out var errno);
        return (fd, step, errno);
    });

    private readonly string _root;

    private Tracefs(string root) => _root = root;

    /// <summary>Where it was found, for people.</summary>
    public string Place => _root.StartsWith("/proc/", StringComparison.Ordinal) ? "mounted by the agent for itself" : _root;

    /// <summary>Values of the kernel's constants by name, for formats that name enumerators without giving their values.</summary>
    public Func<string, long?>? Constant { get; init; }

    /// <summary>Opens it; null with the reason where it can't be had.</summary>
    /// <param name="reason">Why not, and what to do.</param>
    /// <param name="constant">See <see cref="Constant"/>.</param>
    public static Tracefs? TryOpen(out string? reason, Func<string, long?>? constant = null)
    {
        reason = null;
        var mounted = Array.Find(UsualPlaces, place => Directory.Exists(Path.Combine(place, "events")));
        if (mounted is not null)
        {
            return new Tracefs(mounted) { Constant = constant };
        }

        var (fd, step, errno) = OwnMount.Value;
        if (fd < 0)
        {
            reason = $"tracefs is not readable at /sys/kernel/tracing, and mounting it failed: {step}: {Errno.Name(errno)}: "
                + "run as root or with CAP_SYS_ADMIN, or mount it: mount -t tracefs tracefs /sys/kernel/tracing";
            return null;
        }

        // What is mounted nowhere has no path but through /proc, which an empty root folder lacks.
        var root = $"/proc/self/fd/{fd}";
        if (!Directory.Exists(root + "/events"))
        {
            reason = "tracefs is not at /sys/kernel/tracing, and the agent's own mount of it can't be reached, because /proc is not mounted here: "
                + "mount /proc, or tracefs on /sys/kernel/tracing";
            return null;
        }

        return new Tracefs(root) { Constant = constant };
    }

    /// <summary>The path of a file in it, valid in this process only.</summary>
    public string PathOf(string relative) => $"{_root}/{relative}";

    /// <summary>A whole file; null with the reason when it can't be read.</summary>
    public string? ReadText(string relative, out string? reason)
    {
        try
        {
            reason = null;
            return File.ReadAllText(PathOf(relative));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            reason = $"cannot read {relative} of tracefs: {fault.Message.Replace(_root, "tracefs", StringComparison.Ordinal)}";
            return null;
        }
    }

    /// <summary>A whole file, or null.</summary>
    public string? ReadText(string relative) => ReadText(relative, out _);

    /// <summary>Whether a tracepoint exists.</summary>
    public bool Exists(string category, string name) => IsPlain(category) && IsPlain(name) && File.Exists(PathOf($"events/{category}/{name}/format"));

    /// <summary>The format of a tracepoint; null when there is none.</summary>
    public TracepointFormat? ReadFormat(string category, string name) =>
        Exists(category, name) && ReadText($"events/{category}/{name}/format") is { } text ? TracepointFormatParser.Parse(text, Constant) : null;

    /// <summary>All categories of tracepoints.</summary>
    public IEnumerable<string> Categories() => Folders(PathOf("events"));

    /// <summary>The tracepoints of one category.</summary>
    public IEnumerable<string> Events(string category) => IsPlain(category) ? Folders(PathOf($"events/{category}")) : [];

    /// <summary>Every tracepoint as <c>category/name</c>.</summary>
    public IEnumerable<string> AllEvents() => Categories().SelectMany(category => Events(category).Select(name => $"{category}/{name}"));

    /// <summary>Every function that ftrace can hook, a module's without the module's name; null with the reason where the kernel doesn't say.</summary>
    /// <remarks>Lockdown forbids the file; kernels without dynamic ftrace lack it.</remarks>
    public IReadOnlyList<string>? AvailableFilterFunctions(out string? reason)
    {
        if (ReadText("available_filter_functions", out reason) is not { } text)
        {
            return null;
        }

        var names = new List<string>(65536);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            // "veth_xmit [veth]"; functions that can't be named are shown as __ftrace_invalid_address___ and an offset.
            var end = line.IndexOf(' ');
            var name = end < 0 ? line : line[..end];
            if (!name.IsEmpty && !name.StartsWith("__ftrace_invalid_address"))
            {
                names.Add(name.ToString());
            }
        }

        return names;
    }

    private static IEnumerable<string> Folders(string path)
    {
        try
        {
            return Directory.EnumerateDirectories(path).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // Names come from a model: nothing of a path may be in them.
    private static bool IsPlain(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') && name[0] != '.';
}
