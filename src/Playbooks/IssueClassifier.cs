using System.Text.RegularExpressions;

namespace Sonde.Playbooks;

/// <summary>Recognises the kinds of an issue from its words.</summary>
internal static partial class IssueClassifier
{
    // One weak word ("service", "database") says nothing by itself.
    private const int LeastScore = 3;

    /// <summary>Every kind that scores at least half of the best; <see cref="IssueKind.Unknown"/> where nothing scores.</summary>
    public static IssueKind Classify(string text, IssueFacts facts)
    {
        var scores = Score(text, facts);
        var best = scores.Values.DefaultIfEmpty(0).Max();
        if (best < LeastScore)
        {
            return IssueKind.Unknown;
        }

        return scores.Where(s => s.Value >= LeastScore && s.Value * 2 >= best).Aggregate(IssueKind.Unknown, (kinds, s) => kinds | s.Key);
    }

    private static Dictionary<IssueKind, int> Score(string text, IssueFacts facts)
    {
        // Apostrophes go, so that "won't" and "wont" are one word; everything else that is no word becomes a gap.
        var padded = $" {Gaps().Replace(text.ToLowerInvariant().Replace("'", "").Replace("’", ""), " ")} ";
        var scores = new Dictionary<IssueKind, int>();

        foreach (var term in IssueVocabulary.Terms)
        {
            var wanted = term.Words.EndsWith('*') ? $" {term.Words[..^1]}" : $" {term.Words} ";
            if (padded.Contains(wanted, StringComparison.Ordinal))
            {
                Add(term.Kind, term.Weight);
            }
        }

        if (facts.Ports.Count + facts.Addresses.Count > 0)
        {
            Add(IssueKind.Network, 3);
        }

        if (facts.Paths.Count + facts.FileNames.Count > 0)
        {
            Add(IssueKind.Files, 3);
        }

        return scores;

        void Add(IssueKind kind, int weight) => scores[kind] = scores.GetValueOrDefault(kind) + weight;
    }

    [GeneratedRegex("[^a-z0-9%_-]+")]
    private static partial Regex Gaps();
}
