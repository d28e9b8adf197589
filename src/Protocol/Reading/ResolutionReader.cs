using System.Text.RegularExpressions;

namespace Sonde.Protocol.Reading;

/// <summary>Reads a resolution response.</summary>
internal static partial class ResolutionReader
{
    /// <summary>The resolution, or every fault that keeps it from being one.</summary>
    public static ModelAnswer Read(ReplyValue document, List<string> remarks)
    {
        var faults = new List<ProtocolFault>();
        var cause = Required(document, "root_cause", "a sentence or two that name the cause", faults);
        var plan = document.Find("resolution_plan") is { Kind: ReplyKind.Array } steps
            ? Numbered(steps.Items)
            : Required(document, "resolution_plan", "the steps for a person to carry out, as text or a list", faults);
        if (plan.Length == 0 && document.Find("resolution_plan") is { Kind: ReplyKind.Array })
        {
            faults.Add(new ProtocolFault("$.resolution_plan", "the list of steps is empty"));
        }

        var confidence = ReadConfidence(document, faults);
        if (faults.Count > 0)
        {
            return new InvalidAnswer(faults);
        }

        var evidence = document.Find("ebpf_evidence")?.Flatten();
        return new ResolutionAnswer(
            new Resolution
            {
                RootCause = cause,
                ResolutionPlan = plan,
                Confidence = confidence,
                EbpfEvidence = string.IsNullOrEmpty(evidence) ? null : evidence,
            },
            remarks);
    }

    private static string Required(ReplyValue document, string field, string expected, List<ProtocolFault> faults)
    {
        var text = document.Find(field)?.Flatten() ?? "";
        if (text.Length == 0)
        {
            faults.Add(new ProtocolFault($"$.{field}", $"missing: expected {expected}"));
        }

        return text;
    }

    private static string Numbered(IReadOnlyList<ReplyValue> steps)
    {
        var lines = steps.Select(step => step.Flatten()).Where(line => line.Length > 0).ToList();
        return string.Join('\n', lines.All(line => OwnNumber().IsMatch(line)) ? lines : lines.Select((line, i) => $"{i + 1}. {line}"));
    }

    private static Confidence ReadConfidence(ReplyValue document, List<ProtocolFault> faults)
    {
        var text = document.Find("confidence")?.FilledText ?? "";
        var named = Enum.GetValues<Confidence>().Where(level => text.Contains($"{level}", StringComparison.OrdinalIgnoreCase)).ToList();
        if (named.Count == 1)
        {
            return named[0];
        }

        faults.Add(new ProtocolFault(
            "$.confidence", (text.Length == 0 ? "missing" : $"'{SafeText.Quote(text)}'") + ": expected High, Medium or Low"));
        return Confidence.Low;
    }

    [GeneratedRegex(@"^(\d+[.):]|[-*])\s")]
    private static partial Regex OwnNumber();
}
