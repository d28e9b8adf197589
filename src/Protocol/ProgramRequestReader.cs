using Sonde.Protocol.Reading;

namespace Sonde.Protocol;

/// <summary>Makes one program of words that a person typed, by the same rules as one that a model sent.</summary>
public static class ProgramRequestReader
{
    /// <summary>
    /// The request with its notes, or with a fault that names what is wrong.
    /// </summary>
    /// <param name="type">As in the contract, short forms included; null where the target's prefix or form says it.</param>
    /// <param name="target">As in the contract.</param>
    /// <param name="options">
    /// The program's other fields by the contract's names (<c>name</c>, <c>duration</c>, <c>max_events</c>, <c>stack</c>,
    /// <c>aggregate</c>) and its filters (<c>pid</c>, <c>comm</c>, …); null leaves one unset.
    /// </param>
    public static ProgramRequest Read(string? type, string target, IEnumerable<KeyValuePair<string, string?>> options)
    {
        var program = new List<KeyValuePair<string, ReplyValue>> { Member("target", target) };
        if (type is not null)
        {
            program.Add(Member("type", type));
        }

        var filters = new List<KeyValuePair<string, ReplyValue>>();
        foreach (var (name, value) in options)
        {
            if (value is not null)
            {
                (ProgramReader.IsField(name) ? program : filters).Add(Member(name, value));
            }
        }

        program.Add(KeyValuePair.Create("filters", new ReplyValue(filters)));
        return ProgramReader.Read(new ReplyValue(program), "$", null, []);
    }

    private static KeyValuePair<string, ReplyValue> Member(string name, string value) =>
        KeyValuePair.Create(name, new ReplyValue(ReplyKind.String, value));
}
