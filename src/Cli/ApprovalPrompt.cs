using System.Globalization;
using Sonde.Diagnosis;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary>Asks at a terminal before each round.</summary>
internal sealed class ApprovalPrompt(TextReader input, TextWriter output, bool unconfined = false) : IApproval, IDisposable
{
    private const string Terminal = "/dev/tty";
    private const string Question = "Run this? y = all of it, n = nothing, q = end the diagnosis, or the numbers to leave out (2 4): ";

    /// <summary>At the terminal the agent was started from, whatever its standard streams are; null where there is none.</summary>
    /// <param name="unconfined">Whether commands run with the agent's own rights.</param>
    /// <param name="fault">Why not, for people.</param>
    public static ApprovalPrompt? Open(bool unconfined, out string? fault)
    {
        try
        {
            var input = new FileStream(Terminal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var output = new FileStream(Terminal, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            fault = null;
            return new ApprovalPrompt(new StreamReader(input), new StreamWriter(output) { AutoFlush = true }, unconfined);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            fault = $"--approve asks a person, and there is no terminal to ask at ({e.Message}). Leave it out, or use --dry-run to see a plan without running it.";
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<ApprovalDecision> DecideAsync(int round, DiagnosticPlan plan, CancellationToken stop)
    {
        await output.WriteLineAsync().ConfigureAwait(false);
        await output.WriteAsync(PlanText.Write(round, plan, unconfined)).ConfigureAwait(false);
        var items = plan.Commands.Count + plan.EbpfPrograms.Count;
        while (true)
        {
            await output.WriteAsync(Question).ConfigureAwait(false);

            // A read at a terminal can't be cancelled: it is left behind.
            var line = await Task.Run(input.ReadLine, CancellationToken.None).WaitAsync(stop).ConfigureAwait(false);
            if (Parse(line, items) is { } decision)
            {
                return decision;
            }

            await output.WriteLineAsync($"'{PrintableText.Line(line!, 40)}' is none of that; items are numbered 1 to {items}.").ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        output.Dispose();
        input.Dispose();
    }

    // Null where it is no answer. The end of the input is a no: silence never approves.
    private static ApprovalDecision? Parse(string? line, int items)
    {
        switch (line?.Trim().ToLowerInvariant())
        {
            case null or "q" or "quit":
                return new ApprovalDecision(EndsDiagnosis: true, new HashSet<int>());
            case "y" or "yes":
                return new ApprovalDecision(EndsDiagnosis: false, new HashSet<int>());
            case "n" or "no":
                return new ApprovalDecision(EndsDiagnosis: false, Enumerable.Range(1, items).ToHashSet());
            case { Length: > 0 } numbers:
                var refused = new HashSet<int>();
                foreach (var word in numbers.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
                {
                    if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1 || number > items)
                    {
                        return null;
                    }

                    refused.Add(number);
                }

                return refused.Count > 0 ? new ApprovalDecision(EndsDiagnosis: false, refused) : null;
            default:
                return null;
        }
    }
}
