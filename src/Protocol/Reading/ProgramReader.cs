using System.Globalization;

namespace Sonde.Protocol.Reading;

/// <summary>Reads one program of a plan.</summary>
internal static class ProgramReader
{
    private static readonly string[] KnownFields =
        ["name", "id", "type", "target", "duration", "filters", "filter", "description", "max_events", "stack", "aggregate"];

    /// <summary>Whether a program has a field of this name, filters apart.</summary>
    public static bool IsField(string name) => KnownFields.Contains(name);

    /// <param name="item">An object, or the target as plain text.</param>
    /// <param name="path">Its JSON path, for messages.</param>
    /// <param name="name">Its name where it stands outside the object.</param>
    /// <param name="taken">Names of the programs before it.</param>
    public static ProgramRequest Read(ReplyValue item, string path, string? name, HashSet<string> taken)
    {
        var notes = new List<string>();
        var faults = new List<string>();
        var target = ReadTarget(item, notes, faults);
        FieldCheck.NoteUnknown(item, path, [.. KnownFields, .. FilterReader.Names], notes);

        var request = new ProgramRequest
        {
            Name = ReadName(name ?? item.Find("name", "id")?.FilledText, target, taken, notes),
            Type = target.Type,
            Target = target.Target,
            Duration = ReadDuration(item.Find("duration"), notes, faults),
            Filters = FilterReader.Read(item, path, notes, faults),
            Description = item.Find("description")?.Flatten(),
            MaxEvents = ReadMaxEvents(item.Find("max_events"), notes),
            Stack = ReadStack(item.Find("stack"), notes),
            Aggregate = ReadAggregate(item.Find("aggregate"), notes),
        };

        return request with
        {
            Notes = notes,
            Fault = faults.Count == 0 ? null : FaultOf((path == "$" ? "" : $"{path}: ") + string.Join("; ", faults)),
        };
    }

    public static ProgramError FaultOf(string message) => new() { Code = ErrorCodes.InvalidRequest, Message = message };

    private static ProbeTarget ReadTarget(ReplyValue item, List<string> notes, List<string> faults)
    {
        if (item.Kind == ReplyKind.Object)
        {
            return ProbeTarget.Parse(item.Find("type")?.FilledText, item.Find("target")?.FilledText, notes, faults);
        }

        if (item.Kind == ReplyKind.String)
        {
            return ProbeTarget.Parse(null, item.FilledText, notes, faults);
        }

        faults.Add("expected an object with name, type and target");
        return new ProbeTarget(ProbeType.Kprobe, "");
    }

    private static string ReadName(string? written, ProbeTarget target, HashSet<string> taken, List<string> notes)
    {
        var wanted = SafeText.Name(written ?? target.Target);
        var name = SafeText.Unique(wanted.Length > 0 ? wanted : "program", taken);
        if (written is not null && name != written)
        {
            notes.Add($"the name '{SafeText.Quote(written)}' became '{name}'");
        }

        return name;
    }

    private static double ReadDuration(ReplyValue? value, List<string> notes, List<string> faults)
    {
        if (value is null)
        {
            return ProgramRequest.DefaultDuration;
        }

        if (!TrySeconds(value, out var seconds))
        {
            faults.Add($"duration '{SafeText.Quote(value.Flatten())}' is no number of seconds");
            return ProgramRequest.DefaultDuration;
        }

        if (double.IsNaN(seconds))
        {
            notes.Add($"duration is not a number; {ProgramRequest.DefaultDuration} s were taken");
            return ProgramRequest.DefaultDuration;
        }

        var clamped = Math.Clamp(seconds, ProgramRequest.MinDuration, ProgramRequest.MaxDuration);
        if (clamped != seconds)
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"duration {seconds} s is outside {ProgramRequest.MinDuration} to {ProgramRequest.MaxDuration} s; {clamped} s were taken"));
        }

        return clamped;
    }

    // Also "20s", "20 seconds", "500ms", "2m".
    private static bool TrySeconds(ReplyValue value, out double seconds)
    {
        if (value.TryNumber(out seconds))
        {
            return true;
        }

        var text = value.FilledText ?? "";
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c is '.' or '-').Count();
        double? unit = text[digits..].Trim().ToLowerInvariant() switch
        {
            "s" or "sec" or "secs" or "second" or "seconds" => 1,
            "ms" or "milliseconds" => 0.001,
            "m" or "min" or "minute" or "minutes" => 60,
            _ => null,
        };

        var ok = double.TryParse(text[..digits], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && unit is not null;
        seconds = number * (unit ?? 1);
        return ok;
    }

    private static int ReadMaxEvents(ReplyValue? value, List<string> notes)
    {
        if (value is null)
        {
            return ProgramRequest.DefaultMaxEvents;
        }

        if (!value.TryNumber(out var number) || double.IsNaN(number))
        {
            notes.Add($"max_events '{SafeText.Quote(value.Flatten())}' is no number; {ProgramRequest.DefaultMaxEvents} was taken");
            return ProgramRequest.DefaultMaxEvents;
        }

        var clamped = (int)Math.Clamp(number, 0, ProgramRequest.LargestMaxEvents);
        if (clamped != number)
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"max_events {number} is outside 0 to {ProgramRequest.LargestMaxEvents}; {clamped} was taken"));
        }

        return clamped;
    }

    private static bool ReadStack(ReplyValue? value, List<string> notes)
    {
        if (value is not null && value.Truth is null)
        {
            notes.Add($"stack '{SafeText.Quote(value.Flatten())}' is neither true nor false; taken as false");
        }

        return value?.Truth ?? false;
    }

    private static Aggregation ReadAggregate(ReplyValue? value, List<string> notes)
    {
        switch (value?.FilledText?.ToLowerInvariant())
        {
            case null when value is null:
            case "auto":
                return Aggregation.Auto;
            case "events":
                return Aggregation.Events;
            case "counts":
                return Aggregation.Counts;
            default:
                notes.Add($"aggregate '{SafeText.Quote(value!.Flatten())}' is none of auto, events, counts; auto was taken");
                return Aggregation.Auto;
        }
    }
}
