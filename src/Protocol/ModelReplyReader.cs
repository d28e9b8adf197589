using Sonde.Protocol.Reading;

namespace Sonde.Protocol;

/// <summary>
/// Reads what a model answers: generous in form, strict in meaning. Fences, prose, comments, surplus commas, numbers as strings and
/// single items instead of lists are accepted; a bad item never discards the good ones beside it; nothing is dropped without a remark.
/// It never throws.
/// </summary>
public static class ModelReplyReader
{
    /// <summary>Longest reply that is read, in characters.</summary>
    public const int MaxReplyLength = 512 * 1024;

    private static readonly string[] KnownFields =
    [
        "response_type", "reasoning", "commands", "ebpf_programs", "root_cause", "resolution_plan", "confidence", "ebpf_evidence",
    ];

    /// <summary>What a reply means.</summary>
    public static ModelAnswer Read(string content)
    {
        if (string.IsNullOrWhiteSpace(content))
        {
            return Invalid("$", "the reply is empty");
        }

        if (content.Length > MaxReplyLength)
        {
            return Invalid("$", $"the reply has {content.Length} characters; at most {MaxReplyLength} are read");
        }

        var documents = ReplyDocuments.Find(content);
        if (documents.Found.Count == 0)
        {
            return new InvalidAnswer([documents.Fault]);
        }

        // A model that writes both a request and a conclusion drew the conclusion before the results were in.
        ModelAnswer? firstInvalid = null;
        foreach (var document in documents.Found.OrderBy(document => ReplyDocuments.ShapeOf(document) != ReplyShape.Diagnostic))
        {
            var answer = ReadDocument(document, documents.Found.Count - 1);
            if (answer is not InvalidAnswer)
            {
                return answer;
            }

            firstInvalid ??= answer;
        }

        return firstInvalid!;
    }

    private static ModelAnswer ReadDocument(ReplyValue document, int others)
    {
        var remarks = new List<string>();
        if (others > 0)
        {
            remarks.Add(
                $"$: the reply held {others + 1} responses; only one was used. Send one a turn, and results come before the next");
        }

        var shape = ReplyDocuments.ShapeOf(document);
        NoteShape(document, shape, remarks);
        FieldCheck.NoteUnknown(document, "$", KnownFields, remarks);
        return shape == ReplyShape.Resolution ? ResolutionReader.Read(document, remarks) : ReadDiagnostic(document, remarks);
    }

    private static void NoteShape(ReplyValue document, ReplyShape shape, List<string> remarks)
    {
        var declared = document.Find("response_type")?.FilledText;
        var meant = shape == ReplyShape.Resolution ? "resolution" : "diagnostic";
        if (declared is not null && !declared.Equals(meant, StringComparison.OrdinalIgnoreCase))
        {
            remarks.Add($"$.response_type: '{SafeText.Quote(declared)}' was read as {meant}, as the other fields say");
        }

        var stray = document.Find("commands", "ebpf_programs");
        if (shape == ReplyShape.Resolution && stray is not null && stray.AsList().Count > 0)
        {
            remarks.Add("$: a resolution runs nothing; its commands and ebpf_programs were left out");
        }
    }

    private static ModelAnswer ReadDiagnostic(ReplyValue document, List<string> remarks)
    {
        var faults = new List<ProtocolFault>();
        var commands = CommandReader.Read(document.Find("commands"), faults, remarks);
        var programs = ProgramListReader.Read(document.Find("ebpf_programs"), remarks);

        if (commands.Count == 0 && programs.Count == 0)
        {
            return new InvalidAnswer(faults.Count > 0
                ? faults
                : [new ProtocolFault("$", "a diagnostic response needs at least one entry in commands or ebpf_programs")]);
        }

        remarks.AddRange(faults.Select(fault => $"{fault.Path}: {fault.Message}; left out"));
        var plan = new DiagnosticPlan
        {
            Reasoning = document.Find("reasoning")?.Flatten(),
            Commands = commands,
            EbpfPrograms = programs,
        };
        return new DiagnosticAnswer(plan, remarks);
    }

    private static InvalidAnswer Invalid(string path, string message) => new([new ProtocolFault(path, message)]);
}
