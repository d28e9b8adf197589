using System.Globalization;
using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>The <c>vitals</c> step: the kernel's counters before and after some seconds.</summary>
internal sealed class Counters
{
    private readonly Dictionary<string, long> _before = [];
    private readonly Dictionary<string, long> _after = [];

    private Counters()
    {
    }

    /// <summary>Between the two looks.</summary>
    public double Seconds { get; private set; }

    /// <summary>Null where there were no two looks.</summary>
    public static Counters? Read(CommandResult? command)
    {
        var counters = new Counters();
        var (looks, begun, ended) = (counters._before, 0.0, 0.0);
        foreach (var line in OutputLines.All(command))
        {
            var words = line.Split(' ');
            if (line == "later")
            {
                looks = counters._after;
            }
            else if (words is ["uptime", var uptime] && double.TryParse(uptime, NumberStyles.Float, CultureInfo.InvariantCulture, out var at))
            {
                (begun, ended) = looks == counters._before ? (at, at) : (begun, at);
            }
            else if (words.Length == 2)
            {
                looks[words[0]] = OutputLines.Number(words[1]);
            }
        }

        counters.Seconds = ended - begun;
        return counters.Seconds > 0 ? counters : null;
    }

    /// <summary>The increase of one counter, or of all whose names begin so where it ends in <c>*</c>; null where the kernel has none.</summary>
    public long? Increase(string name)
    {
        if (!name.EndsWith('*'))
        {
            return _before.TryGetValue(name, out var before) && _after.TryGetValue(name, out var after) ? after - before : null;
        }

        var names = _after.Keys.Where(k => k.StartsWith(name[..^1], StringComparison.Ordinal)).ToList();
        return names.Count > 0 ? names.Sum(n => Increase(n) ?? 0) : null;
    }

    /// <summary>The increase a second, 0 where the kernel has no such counter.</summary>
    public double Rate(string name) => (Increase(name) ?? 0) / Seconds;

    /// <summary>Share of the time in which tasks stalled, percent: <c>memory_some</c>, <c>io_full</c>; null without pressure stall information.</summary>
    public double? Stalled(string resource) => Increase(resource) is { } microseconds ? microseconds / (Seconds * 1e6) * 100 : null;
}
