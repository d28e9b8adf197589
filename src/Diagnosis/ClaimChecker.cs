using System.Text.RegularExpressions;
using Sonde.Protocol;

namespace Sonde.Diagnosis;

/// <summary>
/// Holds a model's resolution against the evidence. A statement is checked where it holds something to check: figures, process ids, names in quotes, paths,
/// addresses, errors, ids of results. Where it cites results they must hold all of it; where it cites none, any result may.
/// </summary>
internal static partial class ClaimChecker
{
    private static readonly Dictionary<string, double[]> Scales = new()
    {
        [""] = [1],
        ["%"] = [1],
        ["percent"] = [1],
        ["ns"] = [1, 1e3],
        ["us"] = [1, 1e-3, 1e3],
        ["µs"] = [1, 1e-3, 1e3],
        ["microsecond"] = [1, 1e-3, 1e3],
        ["ms"] = [1, 1e-3, 1e-6, 1e3],
        ["millisecond"] = [1, 1e-3, 1e-6, 1e3],
        ["s"] = [1, 1e-3, 1e-6, 1e-9],
        ["sec"] = [1, 1e-3, 1e-6, 1e-9],
        ["second"] = [1, 1e-3, 1e-6, 1e-9],
        ["byte"] = [1, 1024],
        ["kb"] = [1, 1e-3, 1.0 / 1024],
        ["kib"] = [1, 1.0 / 1024],
        ["mb"] = [1, 1e-3, 1e-6, 1.0 / 1024, 1.0 / 1048576],
        ["mib"] = [1, 1.0 / 1024, 1.0 / 1048576],
        ["gb"] = [1, 1e-3, 1e-6, 1e-9, 1.0 / 1024, 1.0 / 1048576, 1.0 / 1073741824],
        ["gib"] = [1, 1.0 / 1024, 1.0 / 1048576, 1.0 / 1073741824],
    };

    /// <summary>Every statement of cause and evidence that holds something to check.</summary>
    public static ClaimCheck Check(Resolution resolution, EvidenceLedger ledger) => new()
    {
        ModelConfidence = resolution.Confidence,
        Claims = [.. Statements($"{resolution.RootCause}\n{resolution.EbpfEvidence}").Select(s => CheckOne(s, ledger)).OfType<CheckedClaim>()],
    };

    /// <summary>The confidence that the check leaves: none above Low with a contradiction, none above Medium where a claim has no support or nothing could be checked.</summary>
    public static Confidence Warranted(ClaimCheck check)
    {
        var (verified, unsupported) = (check.Count(ClaimVerdict.Verified), check.Count(ClaimVerdict.Unsupported));
        var most = check.Count(ClaimVerdict.Contradicted) > 0 || unsupported > verified ? Confidence.Low
            : unsupported > 0 || verified == 0 ? Confidence.Medium
            : Confidence.High;
        return check.ModelConfidence < most ? check.ModelConfidence : most;
    }

    private static IEnumerable<string> Statements(string text) => SentenceEnd().Split(text).Select(s => s.Trim()).Where(s => s.Length > 0);

    private static CheckedClaim? CheckOne(string statement, EvidenceLedger ledger)
    {
        var parts = ClaimParts.Of(statement, name => ledger.Find(name) is not null);
        if (parts.IsEmpty)
        {
            return null;
        }

        var cited = parts.Cites.Distinct().Select(c => (Text: c, Entry: ledger.Find(c))).ToList();
        var entries = cited.Select(c => c.Entry).OfType<LedgerEntry>().DistinctBy(e => e.Id).ToList();
        var only = entries is [{ } single] ? single : null;

        var wrong = Contradictions(parts, only, ledger).FirstOrDefault();
        var missing = cited.Where(c => c.Entry is null).Select(c => $"there is no {c.Text}").Concat(Unsupported(parts, entries, ledger)).Take(3).ToList();
        var (verdict, reason) = wrong is not null ? (ClaimVerdict.Contradicted, wrong)
            : missing.Count > 0 ? (ClaimVerdict.Unsupported, string.Join("; ", missing))
            : (ClaimVerdict.Verified, null);
        return new CheckedClaim(statement, verdict, [.. entries.Select(e => e.Id)], reason);
    }

    private static IEnumerable<string> Contradictions(ClaimParts parts, LedgerEntry? only, EvidenceLedger ledger)
    {
        foreach (var process in parts.Processes.Where(p => p.Name is not null))
        {
            var seen = Names(ledger).ToList();
            var pids = seen.Where(p => p.Name == process.Name).Select(p => p.Pid).Distinct().ToList();
            var names = seen.Where(p => p.Pid == process.Pid).Select(p => p.Name).Distinct().ToList();
            if (!pids.Contains(process.Pid) && pids.Count > 0)
            {
                yield return $"{process.Name} was seen as pid {string.Join(", ", pids.Take(3))}, not {process.Pid}";
            }
            else if (names.Count > 0 && !names.Contains(process.Name!))
            {
                yield return $"pid {process.Pid} is {string.Join(", ", names.Take(3))}, not {process.Name}";
            }
        }

        if (parts.ExitCode is { } code && only?.Command is { ExitCode: { } actual } && actual != code)
        {
            yield return $"{only.Id} ended with exit code {actual}, not {code}";
        }

        if (only?.Program is not { Error: null } program)
        {
            yield break;
        }

        foreach (var error in parts.Errors.Distinct())
        {
            if (program.Statistics?.Errors.TryGetValue(error, out var count) == true
                && parts.Figures.Any(f => f.CountsEvents) && !parts.Figures.Any(f => f.Value == count))
            {
                yield return $"{only.Id} counted {count} × {error}";
            }
        }

        foreach (var figure in parts.Figures.Where(f => f.CountsEvents && f.Unit.Length == 0 && !only.Text.HasNumber(f.Value, f.Decimals, Scales[""])))
        {
            yield return $"{only.Id} counted {program.EventCount} events; {figure.Text} is none of its figures";
        }
    }

    private static IEnumerable<string> Unsupported(ClaimParts parts, List<LedgerEntry> cited, EvidenceLedger ledger)
    {
        var wanted = parts.Words.Select(w => (Text: w, Has: (Func<EvidenceText, ProgramResult?, bool>)((text, _) => text.HasWord(w))))
            .Concat(parts.Processes.Select(p => (Text: p.Name is null ? $"pid {p.Pid}" : $"{p.Name} (pid {p.Pid})",
                Has: (Func<EvidenceText, ProgramResult?, bool>)((text, _) => text.HasNumber(p.Pid, 0, Scales[""]) && (p.Name is null || text.HasWord(p.Name))))))
            .Concat(parts.Figures.Select(f => (f.Text, Has: (Func<EvidenceText, ProgramResult?, bool>)((text, program) => Holds(text, program, f)))));
        var sources = cited.Count > 0 ? cited : ledger.Entries;

        foreach (var (text, has) in wanted)
        {
            if (sources.Any(e => has(e.Text, e.Program)) || has(ledger.Background, null))
            {
                continue;
            }

            var elsewhere = ledger.Entries.FirstOrDefault(e => has(e.Text, e.Program));
            yield return cited.Count == 0 ? $"{text} stands in no result"
                : $"{text} does not stand in {string.Join(", ", cited.Select(e => e.Id))}{(elsewhere is null ? "" : $", but in {elsewhere.Id}")}";
        }
    }

    private static bool Holds(EvidenceText text, ProgramResult? program, ClaimParts.Figure figure)
    {
        var unit = figure.Unit.Length > 3 ? figure.Unit.TrimEnd('s') : figure.Unit;
        return text.HasNumber(figure.Value, figure.Decimals, Scales.GetValueOrDefault(unit) ?? Scales[""])
            || (unit is "%" or "percent" && program is not null && text.HasShare(figure.Value, figure.Decimals, program.EventCount));
    }

    private static IEnumerable<(string Name, int Pid)> Names(EvidenceLedger ledger) =>
        from entry in ledger.Entries
        where entry.Program is not null
        from pair in entry.Program!.Events.Select(e => (e.ProcessName, e.ProcessId)).Concat((entry.Program.Statistics?.ByProcess ?? []).Select(p => (p.ProcessName, p.ProcessId)))
        where pair.ProcessId > 0
        select pair;

    [GeneratedRegex(@"\n+|(?<=[.!?;])\s+(?=[A-Z`""'(\[])")]
    private static partial Regex SentenceEnd();
}
