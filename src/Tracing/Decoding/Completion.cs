using Sonde.Kernel;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>
/// How a tracepoint completes what another hit began: both name the same thing (a socket, a request, a task) by their fields. What is
/// never completed is in flight at the window's end.
/// </summary>
/// <param name="Tracepoint">As <c>category/name</c>.</param>
/// <param name="Format">Its format on this kernel.</param>
/// <param name="Entry">Fields of the first hit; for a function none, as its first argument is what pairs.</param>
/// <param name="Exit">The completing tracepoint's fields, in the same order.</param>
internal sealed record Completion(string Tracepoint, TracepointFormat Format, IReadOnlyList<TracepointField> Entry, IReadOnlyList<TracepointField> Exit)
{
    /// <summary>Fields that must have their values for the hit to complete anything.</summary>
    public IReadOnlyList<WireCondition> Conditions { get; init; } = [];

    /// <summary>The field that is the result: below zero, the negated number of an error. Null where nothing is.</summary>
    public TracepointField? Result { get; init; }

    /// <summary>Where <see cref="Result"/> is a pointer: offset and size of the error's number behind it.</summary>
    public (int Offset, int Size) ErrorBehind { get; init; }

    /// <summary>Whether the CPU is part of what pairs.</summary>
    public bool ByCpu { get; init; }

    /// <summary>The tracepoint whose time in between is noted, and the fields that it pairs by.</summary>
    public (TracepointFormat Format, TracepointField Field)? Mark { get; init; }

    /// <summary>The plan's part.</summary>
    public WirePair ToWire(EventLayout layout)
    {
        var pair = new WirePair
        {
            Kind = PairKind.Fields,
            ByCpu = (ushort)(ByCpu ? 1 : 0),
            Out = checked((ushort)layout.CompletionOffset),
            Size = checked((ushort)Format.RecordSize),
            MarkOut = checked((ushort)layout.MarkOffset),
            Result = ToWire(Result),
            ResultAt = checked((ushort)ErrorBehind.Offset),
            ResultSize = checked((ushort)ErrorBehind.Size),
        };
        for (var i = 0; i < Exit.Count; i++)
        {
            pair.Entry[i] = ToWire(i < Entry.Count ? Entry[i] : null);
            pair.Exit[i] = ToWire(Exit[i]);
        }

        pair.Mark[0] = ToWire(Mark?.Field);
        for (var i = 0; i < Conditions.Count; i++)
        {
            pair.Conditions[i] = Conditions[i];
        }

        return pair;
    }

    /// <summary>A condition on a field.</summary>
    public static WireCondition Where(TracepointField field, ulong value, bool differs = false) =>
        new() { Offset = (ushort)field.Offset, Size = (ushort)field.Size, Value = value, Differs = differs ? 1u : 0u };

    private static WireField ToWire(TracepointField? field) =>
        field is null ? default : new WireField { Offset = (ushort)field.Offset, Size = (ushort)field.Size };
}
