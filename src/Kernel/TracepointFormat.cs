namespace Sonde.Kernel;

/// <summary>How a field refers to data behind the fixed part of its record.</summary>
internal enum DataLocKind
{
    /// <summary>It doesn't.</summary>
    None,

    /// <summary><c>__data_loc</c>: offset from the record's beginning in the low half, length in the high.</summary>
    DataLoc,

    /// <summary><c>__rel_loc</c>: likewise, counted from the field's end.</summary>
    RelLoc,
}

/// <summary>One field of a tracepoint's record.</summary>
internal sealed record TracepointField
{
    /// <summary>The kernel's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its type as C spells it, without the array part.</summary>
    public required string TypeText { get; init; }

    /// <summary>Bytes from the record's beginning.</summary>
    public required int Offset { get; init; }

    /// <summary>Bytes it takes in the record.</summary>
    public required int Size { get; init; }

    /// <summary>Whether an integer is signed.</summary>
    public required bool IsSigned { get; init; }

    /// <summary>Elements of an array in the record; 0 when it is none, and for data behind the record.</summary>
    public int ElementCount { get; init; }

    /// <summary>Bytes of one element of an array, in the record or behind it; otherwise the field's own size.</summary>
    public int ElementSize { get; init; }

    /// <summary>Whether its data lies behind the record.</summary>
    public DataLocKind DataLoc { get; init; }

    /// <summary>Whether it is text: an array of <c>char</c>, in the record or behind it.</summary>
    public bool IsString { get; init; }
}

/// <summary>A tracepoint as this kernel describes it.</summary>
internal sealed record TracepointFormat
{
    private const int CommonSize = 8;

    /// <summary>Without the category.</summary>
    public required string Name { get; init; }

    /// <summary>What a perf event is opened with.</summary>
    public required int Id { get; init; }

    /// <summary>Its own fields, in the record's order.</summary>
    public required IReadOnlyList<TracepointField> Fields { get; init; }

    /// <summary>The fields that every record begins with (<c>common_type</c>, …); BPF programs can't read them.</summary>
    public IReadOnlyList<TracepointField> CommonFields { get; init; } = [];

    /// <summary>Names that the event's own text gives to values, by field.</summary>
    public required IReadOnlyDictionary<string, NameTable> Names { get; init; }

    /// <summary>Bytes of the record's fixed part.</summary>
    public int RecordSize => Fields.Count == 0 ? CommonSize : Fields.Max(one => one.Offset + one.Size);

    /// <summary>A field by name, or null.</summary>
    public TracepointField? Field(string name) => Fields.FirstOrDefault(one => one.Name == name);
}
