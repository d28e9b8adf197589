namespace Sonde.Protocol.Reading;

/// <summary>Reads <c>filters</c>. An unknown filter is a fault: to leave it out would widen what is traced.</summary>
internal static class FilterReader
{
    private const int CommBytes = 15;
    private const int MostCgroupCharacters = 4096;

    /// <summary>The filters of the contract.</summary>
    public static readonly string[] Names = ["pid", "tid", "ppid", "comm", "uid", "cgroup", "min_latency_us", "errors_only"];

    /// <summary>A program's filters; such as stand beside <c>filters</c> instead of in it count too.</summary>
    public static ProgramFilters Read(ReplyValue program, string path, List<string> notes, List<string> faults)
    {
        var filters = new ProgramFilters();
        foreach (var member in program.Members)
        {
            if (!member.Value.IsNull && NameOf(member.Key) is { } name)
            {
                notes.Add($"{path}.{name} belongs into filters; it was applied as a filter");
                filters = Apply(filters, name, member.Value, notes, faults);
            }
        }

        foreach (var group in program.Find("filters", "filter")?.AsList() ?? [])
        {
            if (group.Kind != ReplyKind.Object)
            {
                faults.Add($"filters '{SafeText.Quote(group.Flatten())}' is no object like {{\"pid\": 1234}}");
                continue;
            }

            foreach (var (key, value) in group.Members)
            {
                filters = ReadOne(filters, key, value, notes, faults);
            }
        }

        return filters;
    }

    private static ProgramFilters ReadOne(ProgramFilters filters, string key, ReplyValue value, List<string> notes, List<string> faults)
    {
        if (NameOf(key) is not { } name)
        {
            faults.Add($"unknown filter '{SafeText.Quote(key)}'; supported are {string.Join(", ", Names)}");
            return filters;
        }

        return value.IsNull ? filters : Apply(filters, name, value, notes, faults);
    }

    private static string? NameOf(string key) => Array.Find(Names, name => ReplyValue.SameName(key, name));

    private static ProgramFilters Apply(ProgramFilters filters, string name, ReplyValue value, List<string> notes, List<string> faults)
    {
        // [1234] is 1234; several values at once are more than one filter can hold.
        if (value is { Kind: ReplyKind.Array, Items.Count: 1 })
        {
            value = value.Items[0];
        }

        switch (name)
        {
            case "pid":
                return filters with { Pid = (int?)Whole(name, value, 1, int.MaxValue, notes, faults) };
            case "tid":
                return filters with { Tid = (int?)Whole(name, value, 1, int.MaxValue, notes, faults) };
            case "ppid":
                return filters with { Ppid = (int?)Whole(name, value, 1, int.MaxValue, notes, faults) };
            case "uid":
                return filters with { Uid = (uint?)Whole(name, value, 0, uint.MaxValue - 1, notes, faults) };
            case "min_latency_us":
                return filters with { MinLatencyUs = Whole(name, value, 0, long.MaxValue / 1000, notes, faults) };
            case "comm":
                return filters with { Comm = Comm(value, notes, faults) };
            case "cgroup":
                return filters with { Cgroup = Words(name, value, MostCgroupCharacters, notes, faults) };
            default:
                if (value.Truth is { } truth)
                {
                    return filters with { ErrorsOnly = truth };
                }

                faults.Add($"filters.errors_only '{SafeText.Quote(value.Flatten())}' is neither true nor false");
                return filters;
        }
    }

    // 0 and -1 are what models write for "any process"; both are said aloud.
    private static long? Whole(string name, ReplyValue value, long least, long most, List<string> notes, List<string> faults)
    {
        if (value.Kind == ReplyKind.String && value.FilledText is null)
        {
            notes.Add($"filters.{name} is empty; it was not applied");
            return null;
        }

        if (!value.TryNumber(out var number) || Math.Floor(number) != number || number > most || number < -1)
        {
            faults.Add($"filters.{name} '{SafeText.Quote(value.Flatten())}' is no whole number from {least} to {most}");
            return null;
        }

        if (number < least)
        {
            notes.Add($"filters.{name} {number} names nothing; it was not applied");
            return null;
        }

        return (long)number;
    }

    private static string? Comm(ReplyValue value, List<string> notes, List<string> faults)
    {
        if (Words("comm", value, 4096, notes, faults) is not { } comm)
        {
            return null;
        }

        var cut = SafeText.CutBytes(comm, CommBytes);
        if (cut != comm)
        {
            notes.Add($"filters.comm '{SafeText.Quote(comm)}' was cut to '{cut}': the kernel keeps {CommBytes} bytes of a name");
        }

        return cut;
    }

    private static string? Words(string name, ReplyValue value, int most, List<string> notes, List<string> faults)
    {
        if (value.Text is not { } text || text.Length > most || text.Any(char.IsControl))
        {
            faults.Add($"filters.{name} '{SafeText.Quote(value.Flatten())}' is no plain text of at most {most} characters");
            return null;
        }

        if (text.Trim() is "" or "*")
        {
            notes.Add($"filters.{name} '{text.Trim()}' names nothing; it was not applied");
            return null;
        }

        return text.Trim();
    }
}
