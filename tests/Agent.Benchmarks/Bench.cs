using System.Globalization;
using Sonde.Benchmarks.Benches;
using Sonde.Benchmarks.Measuring;
using Sonde.Benchmarks.Subjects;

namespace Sonde.Benchmarks;

/// <summary>Groups of measurements, chosen by name; one table; exit code 1 where a goal is missed.</summary>
internal static class Bench
{
    private const int DefaultRounds = 9;

    private static readonly (string Name, Action<Workshop, BenchTable> Run)[] Groups =
    [
        ("cost", AddedCost.Run),
        ("readers", RingReaders.Run),
        ("startup", Startup.Run),
        ("work", RealWork.Run),
        ("arithmetic", Arithmetic.Run),
    ];

    public static int Run(string[] arguments)
    {
        var rounds = DefaultRounds;
        string? page = null;
        var chosen = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--rounds" when i + 1 < arguments.Length:
                    rounds = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
                    break;
                case "--write" when i + 1 < arguments.Length:
                    page = arguments[++i];
                    break;
                case var name when Array.Exists(Groups, group => group.Name == name):
                    chosen.Add(name);
                    break;
                default:
                    Console.Error.WriteLine($"usage: bench [--rounds N] [--write PAGE] [{string.Join('|', Groups.Select(static group => group.Name))}]…");
                    return 2;
            }
        }

        ProcessSignal.PinTo(Workshop.ToolCpu);
        var workshop = new Workshop(Needed("SONDE_BINARY"), Needed("SONDE_BENCH_TOOLS"), rounds);
        var table = new BenchTable();
        foreach (var (name, run) in Groups.Where(group => chosen.Count == 0 || chosen.Contains(group.Name)))
        {
            try
            {
                run(workshop, table);
            }
            catch (InvalidOperationException e)
            {
                table.Broken(name, e.Message);
            }
        }

        Directory.Delete(workshop.Scratch, recursive: true);
        if (page is not null)
        {
            table.WriteInto(page);
        }

        return table.HasMissed ? 1 : 0;
    }

    private static string Needed(string variable) =>
        Environment.GetEnvironmentVariable(variable) ?? throw new InvalidOperationException($"{variable} is not set: run make bench");
}
