using System.Globalization;

namespace Sonde.Kernel;

/// <summary>Reads the <c>format</c> file of a tracepoint (Documentation/trace/events.rst). What it can't make sense of is left out.</summary>
internal static class TracepointFormatParser
{
    /// <summary>The format; null where the text is none.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="constant">Values of the kernel's constants by name: some texts name enumerators without giving their values.</param>
    public static TracepointFormat? Parse(string text, Func<string, long?>? constant = null)
    {
        string? name = null;
        string? print = null;
        var id = -1;
        var fields = new List<TracepointField>();
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("name: ", StringComparison.Ordinal))
            {
                name = line[6..].Trim();
            }
            else if (line.StartsWith("ID: ", StringComparison.Ordinal))
            {
                id = Number(line[4..]) ?? -1;
            }
            else if (line.StartsWith("print fmt: ", StringComparison.Ordinal))
            {
                print = line;
            }
            else if (ParseField(line) is { } field)
            {
                fields.Add(field);
            }
        }

        if (name is null || id < 0)
        {
            return null;
        }

        var own = fields.Where(field => !IsCommon(field)).ToList();
        return new TracepointFormat
        {
            Name = name,
            Id = id,
            Fields = own,
            CommonFields = [.. fields.Where(IsCommon)],
            Names = print is null ? new Dictionary<string, NameTable>() : PrintFormat.NameTables(print, own, constant),
        };
    }

    private static bool IsCommon(TracepointField field) => field.Name.StartsWith("common_", StringComparison.Ordinal);

    // field:char prev_comm[16];	offset:8;	size:16;	signed:0;
    private static TracepointField? ParseField(string line)
    {
        var parts = line.Split(';', StringSplitOptions.TrimEntries);
        if (parts.Length < 3
            || Value(parts, "field:") is not { } declaration
            || Number(Value(parts, "offset:")) is not { } offset
            || Number(Value(parts, "size:")) is not { } size)
        {
            return null;
        }

        var location = DataLocKind.None;
        if (Strip(ref declaration, "__data_loc "))
        {
            location = DataLocKind.DataLoc;
        }
        else if (Strip(ref declaration, "__rel_loc "))
        {
            location = DataLocKind.RelLoc;
        }

        if (Split(declaration) is not var (type, name, length))
        {
            return null;
        }

        var isArray = length is not null;
        var element = isArray ? ElementSize(type) : size;
        var inRecord = isArray && location == DataLocKind.None;
        var count = inRecord ? Number(length) ?? size / element : 0;
        return new TracepointField
        {
            Name = name,
            TypeText = type,
            Offset = offset,
            Size = size,
            IsSigned = Value(parts, "signed:") == "1",
            DataLoc = location,
            IsString = isArray && type is "char" or "const char",
            ElementCount = count,
            ElementSize = inRecord && count > 0 ? size / count : element,
        };
    }

    /// <summary>Type, name and array length, which stands behind the name, or before it when its data lies behind the record.</summary>
    private static (string Type, string Name, string? Length)? Split(string declaration)
    {
        string? length = null;
        if (declaration.IndexOf('[') is var open and > 0 && declaration.IndexOf(']', open) is var close and > 0)
        {
            length = declaration[(open + 1)..close];
            declaration = declaration[..open] + declaration[(close + 1)..];
        }

        declaration = declaration.TrimEnd();
        var start = declaration.Length;
        while (start > 0 && (char.IsAsciiLetterOrDigit(declaration[start - 1]) || declaration[start - 1] == '_'))
        {
            start--;
        }

        var type = declaration[..start].Trim();
        return start == declaration.Length || type.Length == 0 ? null : (type, declaration[start..], length);
    }

    private static int ElementSize(string type) => type switch
    {
        "short" or "unsigned short" or "u16" or "__u16" or "s16" or "__be16" or "__le16" => 2,
        "int" or "unsigned int" or "u32" or "__u32" or "s32" or "__s32" or "__be32" or "__le32" or "pid_t" => 4,
        "long" or "unsigned long" or "u64" or "__u64" or "s64" or "__s64" or "__be64" or "__le64" or "size_t" => 8,
        _ when type.EndsWith('*') => 8,
        _ => 1,
    };

    private static bool Strip(ref string text, string prefix)
    {
        var found = text.StartsWith(prefix, StringComparison.Ordinal);
        text = found ? text[prefix.Length..] : text;
        return found;
    }

    private static string? Value(string[] parts, string key) =>
        Array.Find(parts, part => part.StartsWith(key, StringComparison.Ordinal))?[key.Length..];

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= 0 ? number : null;
}
