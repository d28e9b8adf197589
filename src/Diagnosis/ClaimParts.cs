using System.Globalization;
using System.Text.RegularExpressions;

namespace Sonde.Diagnosis;

/// <summary>What of a statement can be held against the evidence.</summary>
internal sealed partial class ClaimParts
{
    /// <summary>A process: its id, and its name where the statement says it.</summary>
    internal readonly record struct Process(string? Name, int Pid);

    /// <summary>A figure.</summary>
    /// <param name="Text">As written.</param>
    /// <param name="Value">Its value.</param>
    /// <param name="Decimals">Digits after the point.</param>
    /// <param name="Unit">In lower case; empty without one.</param>
    /// <param name="CountsEvents">Whether the word behind it is one for what a program counts.</param>
    internal readonly record struct Figure(string Text, double Value, int Decimals, string Unit, bool CountsEvents);

    /// <summary>Ids and names of results.</summary>
    public List<string> Cites { get; } = [];

    public List<Process> Processes { get; } = [];

    /// <summary>Names, paths, addresses, errors: what must stand in the evidence as it is.</summary>
    public List<string> Words { get; } = [];

    public List<Figure> Figures { get; } = [];

    /// <summary>The exit code it speaks of, or null.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Names of errors, also part of <see cref="Words"/>.</summary>
    public IEnumerable<string> Errors => Words.Where(w => w.Length > 2 && w[0] == 'E' && w.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c)));

    public bool IsEmpty => Cites.Count + Processes.Count + Words.Count + Figures.Count == 0 && ExitCode is null;

    /// <summary>Takes a statement apart.</summary>
    /// <param name="statement">One sentence.</param>
    /// <param name="isName">Whether a word is the name of a result.</param>
    public static ClaimParts Of(string statement, Func<string, bool> isName)
    {
        var parts = new ClaimParts();
        var rest = Take(statement, Id(), m => parts.Cites.Add(m.Value));
        rest = Take(rest, NamedResult(), m => parts.Cites.Add(m.Groups["name"].Value), m => isName(m.Groups["name"].Value));
        rest = Take(rest, NamedProcess(), m => parts.Processes.Add(new Process(m.Groups["name"].Value, Integer(m.Groups["pid"].Value))));
        rest = Take(rest, Pid(), m => parts.Processes.Add(new Process(null, Integer(m.Groups["pid"].Value))));
        rest = Take(rest, Exit(), m => parts.ExitCode = Integer(m.Groups["code"].Value));
        foreach (var words in new[] { Quoted(), Endpoint(), Path(), Constant() })
        {
            rest = Take(rest, words, m => parts.Words.Add(m.Groups["name"].Value));
        }

        rest = Take(rest, Port(), m => parts.Words.Add(m.Groups["port"].Value));
        Take(rest, Number(), m => parts.Add(m));
        return parts;
    }

    // What was taken is blanked, so that no part of it is taken again.
    private static string Take(string text, Regex pattern, Action<Match> take, Func<Match, bool>? wanted = null) => pattern.Replace(text, match =>
    {
        if (wanted?.Invoke(match) == false)
        {
            return match.Value;
        }

        take(match);
        return new string(' ', match.Length);
    });

    private void Add(Match match)
    {
        var text = match.Groups["number"].Value.Replace(",", "", StringComparison.Ordinal);
        var point = text.IndexOf('.');
        var value = double.Parse(text, CultureInfo.InvariantCulture);
        var unit = match.Groups["unit"].Value.ToLowerInvariant();
        var counts = match.Groups["events"].Success;

        // "2 steps", "one of 3": nothing that evidence would decide.
        if (unit.Length > 0 || counts || value >= 10)
        {
            Figures.Add(new Figure(match.Groups["number"].Value + (unit.Length > 0 ? " " + match.Groups["unit"].Value : ""), value, point < 0 ? 0 : text.Length - point - 1, unit, counts));
        }
    }

    private static int Integer(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\b[CPF]\d{1,4}\b")]
    private static partial Regex Id();

    [GeneratedRegex(@"(?<![\w/])(?<name>[A-Za-z][\w-]{2,80})(?=\s*:\s)|(?<=[(`])(?<name>[A-Za-z][\w-]{2,80})(?=[)`])")]
    private static partial Regex NamedResult();

    [GeneratedRegex(@"(?<name>[\w./:+-]{1,40})`?\s*\((?:pid|process)\s*[:=#]?\s*(?<pid>\d{1,7})\)", RegexOptions.IgnoreCase)]
    private static partial Regex NamedProcess();

    [GeneratedRegex(@"\b(?:pid|process id|tgid)s?\s*[:=#]?\s*(?<pid>\d{1,7})\b", RegexOptions.IgnoreCase)]
    private static partial Regex Pid();

    [GeneratedRegex(@"\bexit(?:ed|s)?(?: with)?(?: (?:code|status))+\s*[:=]?\s*(?<code>\d{1,3})\b", RegexOptions.IgnoreCase)]
    private static partial Regex Exit();

    [GeneratedRegex("`(?<name>[^`]{2,200})`|\"(?<name>[^\"]{2,200})\"|(?<![\\w])'(?<name>[^']{2,200})'(?!\\w)")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<name>\[[0-9a-fA-F:]+\]:\d{1,5}|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?)(?![\d.]\d)")]
    private static partial Regex Endpoint();

    [GeneratedRegex(@"(?<![\w/:.~-])(?<name>/[\w@%+=:.#~-]*[\w@%+=#~-](?:/[\w@%+=:.#~-]*[\w@%+=#~-])*)")]
    private static partial Regex Path();

    [GeneratedRegex(@"\b(?<name>E[A-Z]{3,}[A-Z0-9]*|SIG[A-Z]{3,}[0-9]?)\b")]
    private static partial Regex Constant();

    [GeneratedRegex(@"\bports?\s+(?:number\s+)?(?<port>\d{1,5})\b", RegexOptions.IgnoreCase)]
    private static partial Regex Port();

    [GeneratedRegex(@"(?<![\w.:/,-])(?<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?:\s?(?<unit>%|percent\b|ms\b|milliseconds?\b|µs\b|us\b|microseconds?\b|ns\b|s\b|sec\b|seconds?\b|[KMG]i?B\b|kB\b|bytes?\b)|\s+(?:\w+\s+)?(?<events>events?|calls?|times|connects?|connections?|attempts?|opens?|failures?|matches|segments?|retransmi\w+|exits?|kills?|victims?)\b)?(?![\w]|[.,]\d)", RegexOptions.IgnoreCase)]
    private static partial Regex Number();
}
