using Sonde.Commands;
using Sonde.Protocol;
using Sonde.Redaction;
using Sonde.Tracing;

namespace Sonde.Diagnosis;

/// <summary>Collects the report's notes and hands everything to the observers one call at a time.</summary>
internal sealed class InvestigationLog
{
    private readonly Lock _gate = new();
    private readonly List<string> _notes = [];
    private readonly Redactor _redactor;
    private readonly OneAtATime _observer;

    public InvestigationLog(IInvestigationObserver observer, Redactor redactor)
    {
        _redactor = redactor;
        _observer = new OneAtATime(observer, _gate);
    }

    /// <summary>All observers, behind a lock.</summary>
    public IInvestigationObserver Observer => _observer;

    /// <summary>So far.</summary>
    public IReadOnlyList<string> Notes
    {
        get
        {
            lock (_gate)
            {
                return [.. _notes];
            }
        }
    }

    /// <summary>Tells a further observer from now on.</summary>
    public void Add(IInvestigationObserver observer) => _observer.Add(observer);

    /// <summary>For the report, and for the observers now.</summary>
    public void Note(string text)
    {
        text = _redactor.Redact(text);
        lock (_gate)
        {
            _notes.Add(text);
            Observer.Notice(text);
        }
    }

    /// <summary>Each of them.</summary>
    public void Note(IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            Note(text);
        }
    }

    private sealed class OneAtATime(IInvestigationObserver first, Lock gate) : IInvestigationObserver
    {
        private readonly List<IInvestigationObserver> _all = [first];

        public void Add(IInvestigationObserver observer)
        {
            lock (gate)
            {
                _all.Add(observer);
            }
        }

        public void SessionOpened(string session, string? folder) => TellAll(o => o.SessionOpened(session, folder));

        public void AskingModel(string model, int round) => TellAll(o => o.AskingModel(model, round));

        public void RoundStarting(int round, DiagnosticPlan plan) => TellAll(o => o.RoundStarting(round, plan));

        public void ProgramsAttached(IReadOnlyList<ProgramStatus> programs) => TellAll(o => o.ProgramsAttached(programs));

        public void CommandFinished(CommandOutcome outcome) => TellAll(o => o.CommandFinished(outcome));

        public void RoundFinished(RoundResults results) => TellAll(o => o.RoundFinished(results));

        public void Notice(string text) => TellAll(o => o.Notice(text));

        private void TellAll(Action<IInvestigationObserver> tell)
        {
            lock (gate)
            {
                _all.ForEach(tell);
            }
        }
    }
}
