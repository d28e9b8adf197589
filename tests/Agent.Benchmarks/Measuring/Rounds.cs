namespace Sonde.Benchmarks.Measuring;

/// <summary>
/// Runs variants interleaved, every second round in the opposite order, so that what changes on the machine meanwhile meets all alike.
/// What is compared was measured in the same round.
/// </summary>
internal static class Rounds
{
    /// <summary>The figures of each variant by its name, one a round.</summary>
    public static Dictionary<string, List<T>> Run<T>(int rounds, IReadOnlyList<(string Name, Func<T> Measure)> variants)
    {
        var figures = variants.ToDictionary(static variant => variant.Name, static _ => new List<T>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, measure) in round % 2 == 0 ? variants : variants.Reverse())
            {
                Console.Error.Write($"\rround {round + 1} of {rounds}: {name,-40}");
                figures[name].Add(measure());
            }
        }

        Console.Error.Write($"\r{"",-70}\r");
        return figures;
    }
}
