namespace Sonde.Protocol.Reading;

/// <summary>Names the fields that the contract doesn't know: they are accepted, but not in silence.</summary>
internal static class FieldCheck
{
    private const int MostNamed = 8;

    /// <summary>Adds one note with the unknown fields' paths, if there are any.</summary>
    public static void NoteUnknown(ReplyValue value, string path, ReadOnlySpan<string> known, List<string> notes)
    {
        var unknown = new List<string>();
        foreach (var (name, content) in value.Members)
        {
            if (!content.IsNull && !IsKnown(name, known))
            {
                unknown.Add($"{path}.{SafeText.Quote(name, 40)}");
            }
        }

        if (unknown.Count > 0)
        {
            var more = unknown.Count > MostNamed ? $" and {unknown.Count - MostNamed} more" : "";
            notes.Add($"unknown fields were ignored: {string.Join(", ", unknown.Take(MostNamed))}{more}");
        }
    }

    private static bool IsKnown(string name, ReadOnlySpan<string> known)
    {
        foreach (var field in known)
        {
            if (ReplyValue.SameName(name, field))
            {
                return true;
            }
        }

        return false;
    }
}
