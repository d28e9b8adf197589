using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

/// <summary>Questions to a name server that are answered late, with an error, or not at all.</summary>
internal sealed class NameResolution : IDetector
{
    private const double SlowUs = 300_000;

    // A stub resolver asks again after five seconds; what is open for two is no answer under way.
    private const double OpenUs = 2_000_000;

    private enum Ending
    {
        Unanswered,
        Refused,
        Failed,
        Slow,
    }

    public Examination Examine(CaseFile file)
    {
        var programs = file.Programs.Where(p => p.Result.Error is null && p.Events.Any(e => e.Text("query") is not null)).ToList();
        var questions = programs.SelectMany(p => p.Events.Where(e => e.Text("query") is not null).Select(e => (Program: p, Event: e))).ToList();
        if (questions.Count == 0)
        {
            return Examination.Nothing;
        }

        var findings = questions
            .Select(q => (q.Program, q.Event, How: How(file, q.Event)))
            .Where(q => q.How is not null && !AnsweredOtherwise(questions.Select(x => x.Event), q.Event))
            .GroupBy(q => (q.Event.ProcessName, q.How!.Value.Ending, q.How!.Value.Word))
            .Select(g => Judge(file, g.Key.ProcessName, g.Key.Ending, g.Key.Word, g.First().Program, [.. g.Select(q => q.Event)]))
            .OrderByDescending(f => f.Score)
            .ToList();
        return findings.Any(f => f.IsCause) ? new Examination(findings)
            : new Examination(findings, $"name resolution: {questions.Count} questions seen in {string.Join(", ", programs.Select(p => p.Key))}, none left unanswered, answered with an error or after {SlowUs / 1000:0} ms that is tied to the issue");
    }

    private static (Ending Ending, string Word)? How(CaseFile file, TraceEvent e) => e.Text("answer_code") switch
    {
        "NXDOMAIN" or "SERVFAIL" or "REFUSED" or "FORMERR" or "NOTIMP" => (Ending.Failed, e.Text("answer_code")!),
        not null when e.Number("latency_us") >= SlowUs => (Ending.Slow, ""),
        not null => null,
        _ when e.Text("error") == "ECONNREFUSED" || RefusedAtRead(file, e) => (Ending.Refused, ""),
        _ when e.Number("age_us") >= OpenUs => (Ending.Unanswered, ""),
        _ => null,
    };

    // The host answers that nothing listens there; the process learns it when it reads.
    private static bool RefusedAtRead(CaseFile file, TraceEvent question) =>
        file.Ran("sys_enter_*").SelectMany(p => p.Events)
            .Any(e => e.ProcessId == question.ProcessId && e.Text("error") == "ECONNREFUSED" && e.Text("syscall")?.StartsWith("rec", StringComparison.Ordinal) == true);

    // With a search list most names fail before one is found; so may one of the address families.
    private static bool AnsweredOtherwise(IEnumerable<TraceEvent> all, TraceEvent question) =>
        question.Text("answer_code") == "NXDOMAIN"
        && all.Any(e => e.ProcessId == question.ProcessId && e.Text("answer_code") == "NOERROR"
            && (question.Text("query")!.StartsWith(e.Text("query") + ".", StringComparison.OrdinalIgnoreCase) || e.Text("query") == question.Text("query")
                || e.Text("query")!.Split('.')[0] == question.Text("query")!.Split('.')[0]));

    private static Finding Judge(CaseFile file, string name, Ending ending, string word, ProgramReading program, List<TraceEvent> events)
    {
        var pids = events.Select(e => e.ProcessId).Distinct().ToList();
        var queries = events.Select(e => e.Text("query")!).GroupBy(q => q).OrderByDescending(g => g.Count()).Select(g => g.Key).ToList();
        var server = events.Select(e => e.Text("destination")).FirstOrDefault(d => d is not null) ?? "its name server";
        var named = queries.Any(q => file.Facts.Hosts.Any(h => q.TrimEnd('.').Equals(h, StringComparison.OrdinalIgnoreCase)));
        var pointed = file.PointsAt(name, pids);
        var related = file.About(IssueKind.Network | IssueKind.Performance | IssueKind.Process);
        var latencies = events.Select(e => e.Number("latency_us")).OfType<double>().Order().ToList();
        var median = latencies.Count > 0 ? latencies[latencies.Count / 2] / 1000 : 0;
        var oldest = events.Select(e => e.Number("age_us")).OfType<double>().DefaultIfEmpty(0).Max() / 1e6;
        var process = CaseFile.Describe(name, pids);
        var asked = $"{string.Join(", ", queries.Take(3))}{(queries.Count > 3 ? ", …" : "")}";
        var count = program.IsWhole ? $"{events.Count}" : $"at least {events.Count}";

        var what = ending switch
        {
            Ending.Unanswered => $"gets no answer from the name server {server} to its questions for {asked}: {count} in {program.Window}, the oldest open for {oldest:0.#} s",
            Ending.Refused => $"asks the name server {server} for {asked}, and nothing listens there: {count} questions in {program.Window}, refused with ECONNREFUSED",
            Ending.Failed => $"asks the name server {server} for {asked} and is answered {word}: {count} times in {program.Window}"
                + (word == "NXDOMAIN" ? "; the name does not exist there" : "; the server could not answer"),
            _ => $"waits {median:0} ms (median) for the name server {server} to answer its questions for {asked}: {count} slow answers in {program.Window}, the slowest after {latencies[^1] / 1000:0} ms",
        };

        return new Finding
        {
            Cause = $"{process} {what}.",
            Evidence = [$"{program.Key}: {count} questions for {asked} by {process} to {server} {(ending switch { Ending.Unanswered => "stayed unanswered", Ending.Refused => "were refused", Ending.Failed => $"were answered {word}", _ => $"were answered after {median:0} ms in the median" })} ({program.Result.EventCount} sends in all in {program.Window})."],
            Fix = Fix(ending, server, queries[0], name),
            Tied = named || pointed > 0,
            Confidence = (named || pointed > 0) || (file.Says(IssueKind.Network | IssueKind.Performance) && events.Count >= 3 && ending != Ending.Failed) ? Confidence.High : related ? Confidence.Medium : Confidence.Low,
            // A name that does not exist is asked for all day by something; the server that does not answer is seldom normal.
            Score = (ending == Ending.Failed ? events.Count >= 5 ? 30 : 25 : 40) + (named ? 40 : 0) + pointed + (file.About(IssueKind.Network) ? 20 : related ? 12 : -10) + (events.Count >= 3 ? 5 : -5),
        };
    }

    private static List<string> Fix(Ending ending, string server, string query, string name)
    {
        var address = server.LastIndexOf(':') is > 0 and var colon ? server[..colon].Trim('[', ']') : server;
        return ending == Ending.Failed
            ?
            [
                $"Ask by hand: `dig {query} @{address}`, and compare the name with what {name} is configured to use (a typing error, a missing search domain, an entry that was removed).",
                "Add the entry where it is missing, or correct the name.",
            ]
            :
            [
                $"Ask by hand: `dig {query} @{address}`, and another server for comparison; see that {address} runs, is reachable on port 53 over UDP and TCP, and is not overloaded.",
                "Put a server that answers first into /etc/resolv.conf (or the stub's configuration), with `options timeout:1 attempts:2`; a local cache takes the load off a slow one.",
            ];
    }
}
