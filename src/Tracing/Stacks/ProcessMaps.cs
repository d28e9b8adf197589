using Sonde.Kernel;

namespace Sonde.Tracing.Stacks;

/// <summary>What the processes of one program have mapped to execute, noted while they live.</summary>
internal sealed class ProcessMaps
{
    private const int Most = 512;

    private readonly Dictionary<int, IReadOnlyList<ExecutableRange>> _all = [];

    /// <summary>By process.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<ExecutableRange>> All => _all;

    /// <summary>Notes a process once; cheap enough for the ring's reader.</summary>
    public void Note(int process)
    {
        if (_all.Count < Most && !_all.ContainsKey(process))
        {
            _all[process] = ProcessMap.Read(process);
        }
    }

    /// <summary>Looks again: those that still live may have mapped more since.</summary>
    public void Renew(IEnumerable<int> processes)
    {
        foreach (var process in processes.Take(Most))
        {
            if (ProcessMap.Read(process) is { Count: > 0 } ranges)
            {
                _all[process] = ranges;
            }
        }
    }
}
