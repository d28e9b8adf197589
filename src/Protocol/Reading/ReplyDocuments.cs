namespace Sonde.Protocol.Reading;

/// <summary>What a JSON object of a reply looks like.</summary>
internal enum ReplyShape
{
    Unknown,
    Diagnostic,
    Resolution,
}

/// <summary>Finds the contract's documents in a reply: in fences, between prose, in a wrapper, in a list, in a quoted string.</summary>
internal sealed class ReplyDocuments
{
    private const int MostAttempts = 2000;
    private const int MaxUnwrap = 4;
    private static readonly string[] EndsOfThought = ["</think>", "</thinking>", "</reasoning>"];

    private readonly List<ReplyValue> _documents = [];
    private readonly List<ReplyValue> _looseItems = [];
    private ProtocolFault? _fault;
    private int _faultReach = -1;

    private ReplyDocuments()
    {
    }

    /// <summary>Objects with the shape of a response, in order.</summary>
    public IReadOnlyList<ReplyValue> Found => _documents;

    /// <summary>Why there is none.</summary>
    public ProtocolFault Fault => _fault ?? new ProtocolFault(
        "$", "no response found: expected a JSON object with response_type \"diagnostic\" or \"resolution\"");

    /// <summary>Searches a whole reply. A model's thoughts before its answer count only where the answer itself holds nothing.</summary>
    public static ReplyDocuments Find(string content)
    {
        var answer = 0;
        foreach (var tag in EndsOfThought)
        {
            var end = content.LastIndexOf(tag, StringComparison.OrdinalIgnoreCase);
            answer = Math.Max(answer, end < 0 ? 0 : end + tag.Length);
        }

        if (answer > 0)
        {
            var documents = Search(content[answer..]);
            if (documents._documents.Count > 0 || documents._fault is not null)
            {
                return documents;
            }
        }

        return Search(content);
    }

    /// <summary>Tells a response by its fields; a declared <c>response_type</c> decides where the fields allow both.</summary>
    public static ReplyShape ShapeOf(ReplyValue value)
    {
        if (value.Kind != ReplyKind.Object)
        {
            return ReplyShape.Unknown;
        }

        var asks = value.Find("commands", "ebpf_programs") is not null;
        var concludes = value.Find("root_cause", "resolution_plan") is not null;
        var declared = value.Find("response_type")?.Text?.Trim() switch
        {
            { } type when type.StartsWith("diagnos", StringComparison.OrdinalIgnoreCase) => ReplyShape.Diagnostic,
            { } type when type.StartsWith("resol", StringComparison.OrdinalIgnoreCase) => ReplyShape.Resolution,
            _ => ReplyShape.Unknown,
        };

        return (asks, concludes) switch
        {
            (true, false) => ReplyShape.Diagnostic,
            (false, true) => ReplyShape.Resolution,
            (true, true) when declared == ReplyShape.Unknown => ReplyShape.Diagnostic,
            _ => declared,
        };
    }

    private static ReplyDocuments Search(string text)
    {
        var documents = new ReplyDocuments();
        documents.Scan(text);

        // `"{\"response_type\": …}"`: the whole reply quoted once more.
        if (documents._documents.Count == 0 && text.AsSpan().Trim() is ['"', ..]
            && new ReplyParser(text, 0).Parse()?.Text is { } inner && inner.Contains('{', StringComparison.Ordinal))
        {
            var unquoted = new ReplyDocuments();
            unquoted.Scan(inner);
            return unquoted;
        }

        if (documents._documents.Count == 0 && documents._fault is null)
        {
            documents.AdoptLooseItems();
        }

        return documents;
    }

    private void Scan(string text)
    {
        // Every attempt costs the characters it consumes; both bounds keep hostile replies linear.
        var budget = (8L * text.Length) + 10_000;
        var at = 0;
        for (var attempt = 0; attempt < MostAttempts && budget > 0; attempt++)
        {
            var open = text.AsSpan(at).IndexOfAny('{', '[');
            if (open < 0)
            {
                return;
            }

            at += open;
            var parser = new ReplyParser(text, at);
            if (parser.Parse() is { } value)
            {
                Collect(value, 0);
                budget -= parser.Position - at;
                at = parser.Position;
                continue;
            }

            budget -= parser.Position - at;
            KeepFault(parser, at);
            at++;
        }
    }

    // The attempt that came furthest was most likely meant. A bracket in prose is no attempt at all.
    private void KeepFault(ReplyParser parser, int from)
    {
        var reach = parser.Position - from;
        if (parser.SawField && reach > _faultReach)
        {
            (_fault, _faultReach) = (parser.Fault, reach);
        }
    }

    private void Collect(ReplyValue value, int depth)
    {
        if (ShapeOf(value) != ReplyShape.Unknown)
        {
            _documents.Add(value);
            return;
        }

        if (value.Kind == ReplyKind.Object && value.Find("command", "target") is not null)
        {
            _looseItems.Add(value);
            return;
        }

        if (depth == MaxUnwrap)
        {
            return;
        }

        foreach (var inner in value.Kind == ReplyKind.Array ? value.Items : value.Members.Select(member => member.Value))
        {
            if (inner.Kind is ReplyKind.Object or ReplyKind.Array)
            {
                Collect(inner, depth + 1);
            }
            else if (inner is { Kind: ReplyKind.String, Text: { } text } && text.AsSpan().TrimStart() is ['{', ..])
            {
                CollectQuoted(text, depth);
            }
        }
    }

    private void CollectQuoted(string text, int depth)
    {
        if (new ReplyParser(text, 0).Parse() is { } value)
        {
            Collect(value, depth + 1);
        }
    }

    // Commands or programs without the object around them.
    private void AdoptLooseItems()
    {
        if (_looseItems.Count == 0)
        {
            return;
        }

        var commands = _looseItems.Where(item => item.Find("target") is null).ToList();
        var programs = _looseItems.Where(item => item.Find("target") is not null).ToList();
        _documents.Add(new ReplyValue(
        [
            KeyValuePair.Create("commands", new ReplyValue(commands)),
            KeyValuePair.Create("ebpf_programs", new ReplyValue(programs)),
        ]));
    }
}
