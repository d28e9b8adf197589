using Sonde.Commands;
using Sonde.Dialogue;
using Sonde.Diagnosis;
using Sonde.Protocol;
using Sonde.Tracing;

namespace Sonde.Tests.Diagnosis;

/// <summary>Plays replies in order and keeps what it was asked.</summary>
internal sealed class ScriptedModel(params IEnumerable<Func<IReadOnlyList<ChatMessage>, CancellationToken, Task<ModelReply>>> script) : IModel
{
    private readonly Queue<Func<IReadOnlyList<ChatMessage>, CancellationToken, Task<ModelReply>>> _script = new(script);

    public string Name { get; init; } = "gpt-test";

    public List<IReadOnlyList<ChatMessage>> Asked { get; } = [];

    /// <summary>The agent's last message in the last question.</summary>
    public string LastHeard => Asked[^1][^1].Content;

    public Task<ModelReply> AskAsync(IReadOnlyList<ChatMessage> history, CancellationToken cancellation)
    {
        Asked.Add([.. history]);
        cancellation.ThrowIfCancellationRequested();
        return _script.TryDequeue(out var turn) ? turn(history, cancellation) : throw new ModelUnavailableException("the script has ended");
    }

    public static Func<IReadOnlyList<ChatMessage>, CancellationToken, Task<ModelReply>> Says(string content, long tokens = 0) =>
        (_, _) => Task.FromResult(new ModelReply(content, tokens));

    public static Func<IReadOnlyList<ChatMessage>, CancellationToken, Task<ModelReply>> Gone() =>
        static (_, _) => throw new ModelUnavailableException("The gateway gave no answer.");

    public static Func<IReadOnlyList<ChatMessage>, CancellationToken, Task<ModelReply>> Hangs(Action begun) => async (_, cancellation) =>
    {
        begun();
        await Task.Delay(Timeout.Infinite, cancellation);
        throw new InvalidOperationException("not reached");
    };
}

/// <summary>Attaches nothing: says in which order it was called, and hands back empty windows.</summary>
internal sealed class RecordingTracer(List<string> calls) : ITracer
{
    /// <summary>When set, windows stay open until it completes or the round is stopped.</summary>
    public TaskCompletionSource? WindowsEnd { get; init; }

    public Action<ITraceSink?>? Started { get; init; }

    /// <summary>When set, no program is attached.</summary>
    public ProgramError? Refusal { get; init; }

    /// <summary>Of the last session.</summary>
    public IReadOnlyList<ProgramRequest> Requests { get; private set; } = [];

    public ITraceSession Start(IReadOnlyList<ProgramRequest> requests, ITraceSink? sink)
    {
        calls.Add("attach");
        Requests = requests;
        Started?.Invoke(sink);
        return new Session(this, calls, requests);
    }

    public static string KeyOf(ProgramRequest request) => request.Name + "_1795413600";

    private sealed class Session(RecordingTracer tracer, List<string> calls, IReadOnlyList<ProgramRequest> requests) : ITraceSession
    {
        public IReadOnlyList<ProgramStatus> Programs => [.. requests.Select(r => new ProgramStatus(KeyOf(r), r, null, tracer.Refusal))];

        public async Task<IReadOnlyDictionary<string, ProgramResult>> CompleteAsync(CancellationToken stop)
        {
            if (tracer.WindowsEnd is { } end)
            {
                await Task.WhenAny(end.Task, Task.Delay(Timeout.Infinite, stop));
            }

            return requests.ToDictionary(KeyOf, r => new ProgramResult
            {
                ProgramName = r.Name,
                Type = r.Type,
                Target = r.Target,
                StartTime = DateTimeOffset.UnixEpoch,
                EndTime = DateTimeOffset.UnixEpoch,
                Summary = "No event.",
                Error = tracer.Refusal,
            });
        }

        public void Dispose() => calls.Add("detach");
    }
}

/// <summary>Runs nothing: says that it was asked to, and echoes the command.</summary>
internal sealed class RecordingRunner(List<string> calls) : ICommandRunner
{
    public Func<CommandRequest, CancellationToken, Task<string>>? Output { get; init; }

    public async Task<CommandOutcome> RunAsync(CommandRequest request, CancellationToken cancellation)
    {
        lock (calls)
        {
            calls.Add("run " + request.Command);
        }

        var output = Output is null ? request.Command : await Output(request, cancellation);
        return new CommandOutcome(new CommandResult { Id = request.Id, Command = request.Command, ExitCode = 0, Stdout = output, DurationMs = 1 }, output, "");
    }
}

/// <summary>Keeps what it was told.</summary>
internal sealed class RecordingObserver(List<string> calls) : IInvestigationObserver
{
    public string? Folder { get; private set; }

    public List<string> Notices { get; } = [];

    public Action? OnRoundFinished { get; init; }

    public void SessionOpened(string session, string? folder) => Folder = folder;

    public void RoundStarting(int round, DiagnosticPlan plan) => calls.Add($"round {round}");

    public void ProgramsAttached(IReadOnlyList<ProgramStatus> programs) => calls.Add($"{programs.Count} attached");

    public void RoundFinished(RoundResults results)
    {
        calls.Add($"round {results.Round} done");
        OnRoundFinished?.Invoke();
    }

    public void Notice(string text) => Notices.Add(text);
}
