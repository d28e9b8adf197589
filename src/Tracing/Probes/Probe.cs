using System.Runtime.InteropServices;
using Sonde.Interop;
using Sonde.Protocol;

namespace Sonde.Tracing.Probes;

/// <summary>
/// One attached probe: its parts configured by their plans, loaded and attached in <see cref="TryAttach"/>; its window opened and closed;
/// its tables, which its parts share, read by <see cref="ProbeHarvest"/>. Disposing it leaves nothing in the kernel.
/// </summary>
internal sealed class Probe : IDisposable
{
    private const int MostRefusalsTold = 3;

    private readonly List<ProbeUnit> _units = [];
    private readonly List<(string Target, ProgramError Error)> _refusals = [];
    private readonly ProbeImage _image;
    private readonly ProbeOptions _options;
    private MappedMemory? _control;

    private Probe(ProbeImage image, ProbeCandidate candidate, ProbeOptions options)
    {
        _image = image;
        Candidate = candidate;
        _options = options;
        Sizes = TableSizes.Of(candidate, options.Threads);
    }

    public ProbeCandidate Candidate { get; }

    /// <summary>Of its tables.</summary>
    public TableSizes Sizes { get; }

    /// <summary>The object that holds the tables.</summary>
    public BpfObject Object => _units[0].Bpf;

    /// <summary>What of it is in the kernel.</summary>
    public IReadOnlyList<ProbeUnit> Units => _units;

    /// <summary>What the kernel timed of its programs so far, while <see cref="BpfStatistics"/> were on.</summary>
    public ulong RunTimeNs => _units.Aggregate(0ul, (sum, unit) => sum + unit.RunTimeNs);

    /// <summary>What differs from the request: what the candidate says, what can't be fetched, and which targets refused.</summary>
    public IEnumerable<string> Notes => [.. Candidate.Notes, .. Candidate.LayoutNotes, .. Refused()];

    /// <summary>Loads and attaches; null with the reason when the kernel refuses all parts. The window stays shut until <see cref="Open"/>.</summary>
    public static Probe? TryAttach(ProbeImage image, ProbeCandidate candidate, ProbeOptions options, out ProgramError? error)
    {
        var probe = new Probe(image, candidate, options);
        foreach (var group in ProbePlan.Groups(candidate, options))
        {
            probe.Add(group);
            if (probe._units.Count == 0 && probe._refusals is [var (_, first), ..] && IsForAll(first))
            {
                break;
            }
        }

        error = null;
        if (probe._units.Count > 0)
        {
            return probe;
        }

        error = probe._refusals[0].Error;
        return null;
    }

    /// <summary>When the window began, on the kernel's monotonic clock; 0 until then.</summary>
    public ulong StartNs => Control.StartNs;

    private ref WireControl Control => ref MemoryMarshal.AsRef<WireControl>((_control ??= Object.MapData(".bss")).Span);

    /// <summary>Begins the window: from here on hits count.</summary>
    public void Open(long monotonicNs)
    {
        Control.StartNs = (ulong)monotonicNs;
        Volatile.Write(ref Control.Open, 1);
    }

    /// <summary>Ends the window: programs that start from here on do nothing.</summary>
    public void Close() => Volatile.Write(ref Control.Open, 0);

    /// <summary>From here on matches are counted only.</summary>
    public void Quieten() => Volatile.Write(ref Control.Quiet, 1);

    /// <summary>Calls that take so long are worth sending, however hot the target is.</summary>
    public void PreferFrom(ulong slowNs) => Volatile.Write(ref Control.SlowNs, slowNs);

    /// <summary>Detaches every part.</summary>
    public void Detach()
    {
        foreach (var unit in _units)
        {
            unit.Detach();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _control?.Dispose();
        for (var i = _units.Count - 1; i >= 0; i--)
        {
            _units[i].Dispose();
        }
    }

    // What the kernel lacks altogether, it lacks for every target.
    private static bool IsForAll(ProgramError error) => error.Code is ErrorCodes.UnsupportedByKernel or ErrorCodes.NoPermission;

    private void Add(ReadOnlySpan<int> numbers)
    {
        var plan = ProbePlan.Of(Candidate, numbers[0], numbers[0], _options);
        (int, ProbePart)[] parts = [.. numbers.ToArray().Select(number => (number, Candidate.Parts[number]))];
        if (ProbeUnit.TryLoad(_image, parts, plan, Configure, out var error) is { } unit)
        {
            error = unit.Attach();
            if (error is null)
            {
                _units.Add(unit);
                return;
            }

            unit.Dispose();
            if (numbers.Length > 1 && !IsForAll(error))
            {
                // One function that can't be attached to fails all that are asked for with it: halving finds it.
                Add(numbers[..(numbers.Length / 2)]);
                Add(numbers[(numbers.Length / 2)..]);
                return;
            }
        }

        foreach (var number in numbers)
        {
            _refusals.Add((Candidate.Parts[number].Target, error!));
        }
    }

    private void Configure(BpfObject bpf)
    {
        if (!_options.Stacks)
        {
            bpf.Omit("kernel_stacks");
            bpf.Omit("user_stacks");
            bpf.Omit("by_stack");
        }

        if (_units.Count > 0)
        {
            bpf.ShareAll(Object);
            return;
        }

        bpf.Share("ring", _options.RingFd);
        Sizes.Apply(bpf);
    }

    private IEnumerable<string> Refused() => _refusals.Count == 0
        ? []
        : [$"{_refusals.Count} of {Candidate.Parts.Count} targets refused ({string.Join("; ", _refusals.Take(MostRefusalsTold).Select(refusal => refusal.Error.Message))}{(_refusals.Count > MostRefusalsTold ? "; …" : "")})"];
}
