using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>The <c>cgroups</c> step: a control group, of either version, that ran into one of its limits between two looks.</summary>
internal sealed class CgroupChange(string folder)
{
    private readonly Dictionary<string, (long Before, long After)> _changes = [];
    private readonly Dictionary<string, string> _values = [];

    /// <summary>Its path below the controller's root, as an operator names it.</summary>
    public string Path { get; } = Shorten(folder);

    /// <summary>The first processes in it.</summary>
    public IReadOnlyList<int> Pids => [.. (_values.GetValueOrDefault("cgroup.procs") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => (int)OutputLines.Number(p)).Where(p => p > 0)];

    /// <summary>Enforcement periods in which the group ran, and those in which it was throttled.</summary>
    public (long Periods, long Throttled) Throttling => (Increase("nr_periods"), Increase("nr_throttled"));

    /// <summary>Time that its tasks, together, were held back.</summary>
    public TimeSpan Held => TimeSpan.FromMicroseconds(Increase("throttled_usec") + (Increase("throttled_time") / 1000.0));

    /// <summary>Processors that the quota allows; null without a quota.</summary>
    public double? Processors =>
        _values.GetValueOrDefault("cpu.max")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var quota, var period] && OutputLines.Number(quota) > 0
            ? (double)OutputLines.Number(quota) / OutputLines.Number(period)
        : Value("cpu.cfs_quota_us") is > 0 and var microseconds && Value("cpu.cfs_period_us") is > 0 and var every ? (double)microseconds / every
        : null;

    /// <summary>How the quota stands in the file, with the file's name.</summary>
    public string? Quota => _values.TryGetValue("cpu.max", out var v2) ? $"cpu.max {v2.Trim()}"
        : Value("cpu.cfs_quota_us") is { } quota ? $"cpu.cfs_quota_us {quota} of cpu.cfs_period_us {Value("cpu.cfs_period_us")}" : null;

    /// <summary>The memory limit that binds, bytes; null where none is known.</summary>
    public long? MemoryLimit => new[] { Value("memory.max"), Value("memory.high"), Value("memory.limit_in_bytes") }.Where(v => v is > 0 and < 1L << 60).Min();

    /// <summary>Memory in use, bytes.</summary>
    public long? MemoryUsed => Value("memory.current") ?? Value("memory.usage_in_bytes");

    /// <summary>How often an allocation ran into the limit.</summary>
    public long LimitHits => Increase("max") + Increase("high") + Increase("failcnt");

    /// <summary>Processes that were killed for it.</summary>
    public long Kills => Increase("oom_kill");

    /// <summary>Every group with a change; v1's controllers each have their own entry.</summary>
    public static IReadOnlyList<CgroupChange> Read(CommandResult? command)
    {
        var groups = new Dictionary<string, CgroupChange>();
        foreach (var words in OutputLines.Tagged(command, "change"))
        {
            // /sys/fs/cgroup/a/b/cpu.stat:nr_throttled
            if (words is [_, var place, var before, var after] && place.LastIndexOf('/') is > 0 and var slash && place.LastIndexOf(':') is var colon && colon > slash)
            {
                Of(place[..slash])._changes[place[(colon + 1)..]] = (OutputLines.Number(before), OutputLines.Number(after));
            }
        }

        foreach (var words in OutputLines.Tagged(command, "value", 4))
        {
            if (words is [_, var place, var file, var value])
            {
                Of(place)._values[file] = value;
            }
        }

        return [.. groups.Values];

        CgroupChange Of(string place) => groups.TryGetValue(place, out var known) ? known : groups[place] = new CgroupChange(place);
    }

    private long Increase(string counter) => _changes.TryGetValue(counter, out var change) ? change.After - change.Before : 0;

    private long? Value(string file) => _values.TryGetValue(file, out var text) && long.TryParse(text.Trim(), out var value) ? value : null;

    private static string Shorten(string folder)
    {
        const string root = "/sys/fs/cgroup";
        var path = folder.StartsWith(root, StringComparison.Ordinal) ? folder[root.Length..] : folder;
        return path.Length > 0 ? path : "/";
    }
}
