using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>From the <c>vitals</c> step: what one block device did between two looks.</summary>
/// <param name="Device">Its name, <c>vda</c>.</param>
/// <param name="Requests">Reads and writes that ended.</param>
/// <param name="WaitMs">Mean time from queueing to end, milliseconds.</param>
/// <param name="BusyPercent">Share of the time with a request under way.</param>
/// <param name="InFlight">Requests under way at the second look.</param>
/// <param name="Seconds">Between the looks.</param>
internal sealed record DiskActivity(string Device, long Requests, double WaitMs, double BusyPercent, long InFlight, double Seconds)
{
    /// <summary>Every device with requests, the slowest first.</summary>
    public static IReadOnlyList<DiskActivity> Read(CommandResult? command)
    {
        var looks = new List<Dictionary<string, long[]>> { new() };
        var times = new List<double>();
        foreach (var line in OutputLines.All(command))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["uptime", var uptime])
            {
                times.Add(double.TryParse(uptime, System.Globalization.CultureInfo.InvariantCulture, out var at) ? at : 0);
                if (times.Count > 1)
                {
                    looks.Add([]);
                }
            }
            else if (words.Length >= 14)
            {
                // major minor name reads merged sectors ms writes merged sectors ms in-flight busy-ms weighted-ms
                looks[^1][words[2]] = [.. words.Skip(3).Select(OutputLines.Number)];
            }
        }

        if (looks.Count < 2 || times[1] <= times[0])
        {
            return [];
        }

        var seconds = times[1] - times[0];
        return
        [
            .. looks[1].Where(d => looks[0].ContainsKey(d.Key)).Select(d => Between(d.Key, looks[0][d.Key], d.Value, seconds))
                .Where(d => d.Requests > 0 || d.InFlight > 0)
                .OrderByDescending(d => d.WaitMs),
        ];
    }

    private static DiskActivity Between(string device, long[] before, long[] after, double seconds)
    {
        var requests = after[0] - before[0] + after[4] - before[4];
        var milliseconds = after[3] - before[3] + after[7] - before[7];
        return new DiskActivity(device, requests, requests > 0 ? (double)milliseconds / requests : 0, Math.Min(100, (after[9] - before[9]) / (seconds * 10)), after[8], seconds);
    }
}
