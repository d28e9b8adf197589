using System.Globalization;
using Sonde.Benchmarks.Measuring;
using Sonde.Benchmarks.Subjects;

namespace Sonde.Benchmarks.Benches;

/// <summary>The product's ring reader beside the same reader in C, on the same object: what it costs who is traced, and itself.</summary>
internal static class RingReaders
{
    private const int RingBytes = 4 << 20;
    private const int WideRingBytes = 16 << 20;
    private const int Burst = 32;
    private const double LeastRate = 5e6;
    private const int Calls = 2_000;

    public static void Run(Workshop workshop, BenchTable table)
    {
        using var load = new Load(workshop, Workshop.LoadCpu);
        var tracepoint = Workshop.TracepointId("syscalls", "sys_enter_getppid");
        load.Run(Calls, 500);

        var figures = Rounds.Run(workshop.Rounds,
        [
            ("C", () => Measure(load, Peers.CRingReader(workshop, tracepoint, RingBytes, 1), 1000)),
            ("C#", () => Measure(load, Peers.SharpRingReader(workshop, tracepoint, RingBytes, 1), 1000)),
        ]);
        Compare("cost of a call whose record is read by C# and by C", static one => one.AddedNs, " ns");
        Compare("reader's CPU for a million records, C# and C", static one => one.CpuMsPerMillion, " ms");

        var wide = Rounds.Run(workshop.Rounds, [("wide", () => Measure(load, Peers.SharpRingReader(workshop, tracepoint, WideRingBytes, Burst), 200))])["wide"];
        var rate = new Series(wide.Select(static one => one.Rate / 1e6));
        var lost = wide.Sum(static one => one.Lost);
        table.Add(Row.Check(
            "records of 64 bytes delivered in a second, one producer",
            $"{rate.Spell(" million", "0.0")}, {lost} lost", "≥ 5 million, none lost", rate.Median * 1e6 >= LeastRate && lost == 0));

        void Compare(string what, Func<Reading, double> figure, string unit)
        {
            List<double> sharp = [.. figures["C#"].Select(figure)], plain = [.. figures["C"].Select(figure)];
            table.Add(Row.Compare(what, new Series(sharp).Spell(unit, "0.0"), new Series(plain).Spell(unit, "0.0"), Series.Ratios(sharp, plain), 1.1));
        }
    }

    private static Reading Measure(Load load, Observer observer, int chunks)
    {
        using (observer)
        {
            var observed = load.Run(Calls, chunks);
            var made = load.LastRun;
            var output = observer.Stop().Output.Split(' ');
            var (read, lost, cpuNs, hits) = (Number(output[0]), Number(output[1]), Number(output[2]), Number(output[3]));
            if (hits < made || (read + lost) % hits != 0)
            {
                throw new InvalidOperationException($"{made} calls, {hits} hits, {read} read + {lost} lost: they don't add up");
            }

            return new Reading(observed - load.Run(Calls, 300), cpuNs / 1e6 / (read / 1e6), lost, (double)read / hits / (observed / 1e9));
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Reading(double AddedNs, double CpuMsPerMillion, long Lost, double Rate);
}
