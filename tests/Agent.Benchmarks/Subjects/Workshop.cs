using Sonde.Kernel;

namespace Sonde.Benchmarks.Subjects;

/// <summary>Where everything is: the published binary, the C helpers, a scratch folder; and who runs on which CPU.</summary>
/// <param name="Binary">The product as published.</param>
/// <param name="Tools">The compiled C helpers and bench.bpf.o.</param>
/// <param name="Rounds">Rounds of each comparison.</param>
internal sealed record Workshop(string Binary, string Tools, int Rounds)
{
    /// <summary>The CPU of the load.</summary>
    public const int LoadCpu = 0;

    /// <summary>The CPU of what observes it, and of this process.</summary>
    public const int ToolCpu = 1;

    private static readonly Lazy<Tracefs> Formats = new(static () => Tracefs.TryOpen(out var reason) ?? throw new InvalidOperationException(reason));

    public string Scratch { get; } = Directory.CreateTempSubdirectory("sonde-bench-").FullName;

    /// <summary>The peer, or null where it isn't installed.</summary>
    public string? Bpftrace { get; } = Find("bpftrace");

    /// <summary>Another peer, or null.</summary>
    public string? Perf { get; } = Find("perf");

    public string Tool(string name) => Path.Combine(Tools, name);

    /// <summary>The number by which perf_event_open knows a tracepoint.</summary>
    public static int TracepointId(string group, string name) =>
        Formats.Value.ReadFormat(group, name)?.Id ?? throw new InvalidOperationException($"no tracepoint {group}/{name} here");

    public string NewFile(string name) => Path.Combine(Scratch, $"{Guid.NewGuid():N}-{name}");

    private static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
