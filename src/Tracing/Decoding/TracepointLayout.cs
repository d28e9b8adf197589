using System.Text.Json.Nodes;
using Sonde.Kernel;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>Decodes any tracepoint from the format that this kernel gives for it.</summary>
internal static class TracepointLayout
{
    private const int DynamicStringSize = 256;

    // Raw forms of what the endpoints say in one field.
    private static readonly HashSet<string> EndpointFields = ["saddr", "daddr", "saddr_v6", "daddr_v6", "sport", "dport"];

    /// <summary>The layout of one tracepoint's events: every field by the kernel's own name and type.</summary>
    /// <param name="format">As tracefs gives it.</param>
    /// <param name="renames">The contract's own names for some of its fields.</param>
    /// <param name="eventType">What the events are called; the tracepoint's own name unless it stands in for something.</param>
    public static EventLayout Build(TracepointFormat format, IReadOnlyDictionary<string, string>? renames, string? eventType = null)
    {
        var layout = new EventLayout(eventType ?? format.Name, format.RecordSize)
        {
            KeyFields = ["destination", "name", "filename", "comm", "reason", "call_site"],
        };
        var joined = AddEndpoints(layout, format);
        foreach (var field in format.Fields)
        {
            if (!joined || !EndpointFields.Contains(field.Name))
            {
                AddField(layout, format, field, renames?.GetValueOrDefault(field.Name) ?? field.Name);
            }
        }

        return layout;
    }

    /// <summary>A fetched string: marked where it was cut, null where its page could not be read.</summary>
    public static void AddString(RawEvent raw, JsonObject data, string name, int fetch, int size)
    {
        if (!raw.TryFetched(fetch, out var bytes))
        {
            data[name] = null;
            data[name + "_unreadable"] = true;
            return;
        }

        data[name] = Text.FromKernel(bytes);

        // The kernel's count includes the terminating zero, which a cut string gets in its last byte.
        if (bytes.Length == size && size > 1)
        {
            data[name + "_truncated"] = true;
        }
    }

    private static void AddField(EventLayout layout, TracepointFormat format, TracepointField field, string name)
    {
        if (field.DataLoc != DataLocKind.None)
        {
            AddDynamic(layout, field, name);
            return;
        }

        if (field.IsString)
        {
            layout.Decode((raw, data) => data[name] = Text.FromKernel(raw.Data.Slice(field.Offset, field.Size)));
        }
        else if (field.ElementCount > 0)
        {
            layout.Decode((raw, data) => data[name] = ArrayText(raw.Data.Slice(field.Offset, field.Size), field));
        }
        else if (field.Name == "family")
        {
            layout.Decode((raw, data) => data[name] = SocketAddress.FamilyName((int)raw.Integer(field.Offset, field.Size, signed: false)));
        }
        else if (field.TypeText == "bool")
        {
            layout.Decode((raw, data) => data[name] = raw.Data[field.Offset] != 0);
        }
        else if (format.Names.TryGetValue(field.Name, out var names))
        {
            layout.Decode((raw, data) => data[name] = names.Decode(raw.Integer(field.Offset, field.Size, field.IsSigned)));
        }
        else if (field.TypeText.Contains("char *", StringComparison.Ordinal) && layout.HasRoom(DynamicStringSize))
        {
            var fetch = layout.Fetch(FetchKind.String, field.Offset, DynamicStringSize, flags: FetchFlags.Either);
            layout.KeySource(name, fetch);
            layout.Decode((raw, data) => AddString(raw, data, name, fetch, DynamicStringSize));
        }
        else if (field.TypeText.Contains('*'))
        {
            layout.Decode((raw, data) => data[name] = Text.Hex(raw.Word(field.Offset)));
        }
        else if (field.Size is 1 or 2 or 4 or 8)
        {
            layout.Decode((raw, data) => data[name] = Text.Number(raw.Integer(field.Offset, field.Size, field.IsSigned), field.IsSigned));
        }
        else
        {
            layout.Decode((raw, data) => data[name] = Convert.ToHexStringLower(raw.Data.Slice(field.Offset, field.Size)));
        }

        layout.KeySource(name, field.Offset, field.Size);
    }

    private static void AddDynamic(EventLayout layout, TracepointField field, string name)
    {
        if (!layout.HasRoom(DynamicStringSize))
        {
            layout.Note($"{name} is not fetched: the record is full");
            return;
        }

        var kind = field.DataLoc == DataLocKind.RelLoc ? FetchKind.Relative : FetchKind.Dynamic;
        var fetch = layout.Fetch(kind, field.Offset, DynamicStringSize);
        if (field.IsString)
        {
            layout.KeySource(name, fetch);
            layout.Decode((raw, data) => AddString(raw, data, name, fetch, DynamicStringSize));
        }
        else
        {
            layout.Decode((raw, data) => data[name] = raw.TryFetched(fetch, out var bytes) ? Convert.ToHexStringLower(bytes) : null);
        }
    }

    private static JsonNode ArrayText(ReadOnlySpan<byte> bytes, TracepointField field)
    {
        var size = field.Size / field.ElementCount;
        if (size is not (2 or 4 or 8))
        {
            return Convert.ToHexStringLower(bytes);
        }

        var values = new JsonArray();
        for (var i = 0; i < field.ElementCount; i++)
        {
            var element = bytes.Slice(i * size, size);
            long value = size switch
            {
                2 => BitConverter.ToUInt16(element),
                4 => field.IsSigned ? BitConverter.ToInt32(element) : BitConverter.ToUInt32(element),
                _ => BitConverter.ToInt64(element),
            };
            values.Add(Text.Number(value, field.IsSigned));
        }

        return values;
    }

    // The socket tracepoints spread an endpoint over an address for each family and a port; newer ones hold a whole sockaddr.
    private static bool AddEndpoints(EventLayout layout, TracepointFormat format)
    {
        var (source, destination) = (Endpoint(format, "s"), Endpoint(format, "d"));
        if (source is not null)
        {
            layout.KeySource("source", EndpointKey(format, "s"));
            layout.Decode((raw, data) => data["source"] = source(raw, 0));
        }

        if (destination is not null)
        {
            layout.KeySource("destination", EndpointKey(format, "d"));
            layout.Decode((raw, data) => data["destination"] = destination(raw, 0));
        }

        return source is not null && destination is not null;
    }

    private static WireKeyPart[] EndpointKey(TracepointFormat format, string end)
    {
        TracepointField?[] fields = format.Field(end + "addr") is { Size: >= 28 } whole
            ? [whole]
            : [format.Field(end + "addr"), format.Field(end + "addr_v6"), format.Field(end + "port"), format.Field("family")];
        return [.. fields.OfType<TracepointField>().Select(field => EventKey.OfBase(field.Offset, field.Size))];
    }

    /// <summary>Reads one end of a connection from a record that stands so far into the data; null where the format has none.</summary>
    /// <param name="format">The tracepoint's format.</param>
    /// <param name="end">What its fields begin with: <c>s</c> or <c>d</c>.</param>
    public static EndpointReader? Endpoint(TracepointFormat format, string end)
    {
        var (address, address6, port, family) = (format.Field(end + "addr"), format.Field(end + "addr_v6"), format.Field(end + "port"), format.Field("family"));
        if (address is { Size: >= 28 })
        {
            return (raw, at) => SocketAddress.FromBytes(raw.Data.Slice(at + address.Offset, address.Size));
        }

        if (address is not { Size: 4 } || port is not { Size: 2 })
        {
            return null;
        }

        return (raw, at) =>
        {
            var number = (int)raw.Integer(at + port.Offset, 2, signed: false);
            var is6 = address6 is not null && (family is null
                ? raw.Integer(at + address.Offset, 4, signed: false) == 0
                : raw.Integer(at + family.Offset, family.Size, signed: false) == SocketAddress.AfInet6);
            return is6
                ? SocketAddress.Endpoint(raw.Data.Slice(at + address6!.Offset, 16), number)
                : SocketAddress.Endpoint(raw.Data.Slice(at + address.Offset, 4), number);
        };
    }
}

/// <summary>Reads an endpoint from a tracepoint's record.</summary>
internal delegate string? EndpointReader(RawEvent raw, int at);
