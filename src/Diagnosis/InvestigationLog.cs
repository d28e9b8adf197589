using Sonde.Protocol;
using Sonde.Tracing;

namespace Sonde.Diagnosis;

/// <summary>Collects the report's notes and hands everything to the observer one call at a time.</summary>
internal sealed class InvestigationLog
{
    private readonly Lock _gate = new();
    private readonly List<string> _notes = [];

    public InvestigationLog(IInvestigationObserver observer) => Observer = new OneAtATime(observer, _gate);

    /// <summary>The observer, behind a lock.</summary>
    public IInvestigationObserver Observer { get; }

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

    /// <summary>For the report, and for the observer now.</summary>
    public void Note(string text)
    {
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

    private sealed class OneAtATime(IInvestigationObserver inner, Lock gate) : IInvestigationObserver
    {
        public void SessionOpened(string session, string? folder)
        {
            lock (gate)
            {
                inner.SessionOpened(session, folder);
            }
        }

        public void AskingModel(string model, int round)
        {
            lock (gate)
            {
                inner.AskingModel(model, round);
            }
        }

        public void RoundStarting(int round, DiagnosticPlan plan)
        {
            lock (gate)
            {
                inner.RoundStarting(round, plan);
            }
        }

        public void ProgramsAttached(IReadOnlyList<ProgramStatus> programs)
        {
            lock (gate)
            {
                inner.ProgramsAttached(programs);
            }
        }

        public void CommandFinished(CommandResult result)
        {
            lock (gate)
            {
                inner.CommandFinished(result);
            }
        }

        public void RoundFinished(RoundResults results)
        {
            lock (gate)
            {
                inner.RoundFinished(results);
            }
        }

        public void Notice(string text)
        {
            lock (gate)
            {
                inner.Notice(text);
            }
        }
    }
}
