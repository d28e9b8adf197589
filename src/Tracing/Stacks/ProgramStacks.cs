using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Stacks;

/// <summary>Where one program's matches came from: gathered while it runs, named once its window is over.</summary>
internal sealed class ProgramStacks(ProbeCandidate candidate)
{
    // What the kernel puts between a program and the function it is attached to.
    private const int MostOfTheProbe = 6;

    // Frames of a stack that ended at once: its program keeps no frame pointers.
    private const int Stub = 2;

    // Symbols of a few hundred megabytes; whoever waits for the result has a window's patience.
    private static readonly TimeSpan MostReading = TimeSpan.FromSeconds(5);

    private readonly HashSet<string> _targets = [.. candidate.Parts.Select(static part => part.Target)];
    private readonly ProcessMaps _processes = new();

    /// <summary>Notes the process of a record while it lives.</summary>
    public void OnRecord(ReadOnlySpan<byte> record) => _processes.Note((int)new Decoding.RawEvent(record, default).Header.Pid);

    /// <summary>Names all stacks; the symbols of large programs take their time, so not on the ring's reader.</summary>
    /// <param name="stacks">As read from the kernel.</param>
    /// <param name="matched">All matches: those without a stack of their own are the rest.</param>
    public StackReport Name(IReadOnlyList<CountedStack> stacks, long matched)
    {
        _processes.Renew(stacks.Select(static stack => stack.ProcessId).Distinct());
        using var images = new ProcessImages(
            _processes,
            stacks.SelectMany(static stack => stack.User.Where(static frame => frame.BuildId is not null).Select(frame => (frame.BuildId!, stack.ProcessName))).Distinct());
        var names = new FrameNames(images, stacks, MostReading);
        var folded = stacks
            .Select(stack => new StackCount
            {
                Count = stack.Count,
                ProcessName = stack.ProcessName,
                User = Fold(stack.User.Select(frame => names.User(stack.ProcessId, frame))),
                Kernel = Fold(WithoutProbe(stack.Kernel.Select(FrameNames.Kernel))),
            })
            .GroupBy(static stack => stack with { Count = 0 })
            .Select(static same => same.Key with { Count = same.Sum(static stack => stack.Count) })
            .OrderByDescending(static stack => stack.Count)
            .ToList();
        var rest = matched - folded.Sum(static stack => stack.Count);
        if (rest > 0)
        {
            folded.Add(new StackCount { Count = rest, ProcessName = "other" });
        }

        return new StackReport(folded, [.. Notes(stacks), .. Unread(names)]);
    }

    private static IEnumerable<string> Unread(FrameNames names) => names.Unread == 0
        ? []
        : [$"{names.Unread} files' symbols were not read, as the others' had taken {MostReading.TotalSeconds:0} s: their frames are told as file+0xADDRESS"];

    // Outermost first, as flame graphs have it. A semicolon in a symbol would look like two frames.
    private static string Fold(IEnumerable<string> innermostFirst) =>
        string.Join(';', innermostFirst.Reverse().Select(static name => PrintableText.Line(name).Replace(';', ':').Replace(' ', '_')));

    private IEnumerable<string> WithoutProbe(IEnumerable<string> innermostFirst)
    {
        var frames = innermostFirst.ToList();
        var target = frames.FindIndex(0, Math.Min(MostOfTheProbe, frames.Count), name => _targets.Contains(name));
        return target > 0 ? frames.Skip(target) : frames.SkipWhile(static name => name.StartsWith("perf_", StringComparison.Ordinal));
    }

    private IEnumerable<string> Notes(IReadOnlyList<CountedStack> stacks)
    {
        var user = stacks.Where(static stack => stack.User.Count > 0).ToList();
        var stubs = user.Where(static stack => stack.User.Count <= Stub).Sum(static stack => stack.Count);
        if (stubs > 0)
        {
            yield return $"user stacks are followed by frame pointers: {stubs} of {user.Sum(static stack => stack.Count)} end after {Stub} frames or fewer, "
                + "most likely in code compiled without them (-fno-omit-frame-pointer keeps them); their callers are not shown";
        }

        if (stacks.Count > ProgramResult.MostStacks)
        {
            yield return $"only the {ProgramResult.MostStacks} commonest stacks are listed here";
        }

        var displaced = stacks.Where(static stack => stack.Displaced).Sum(static stack => stack.Count);
        if (displaced > 0)
        {
            yield return $"{displaced} matches lack their kernel or user stack: another stack had its place in the kernel's table";
        }

        if (stacks.Count > 0 && stacks.All(static stack => stack.Kernel.Count == 0 && !stack.Displaced))
        {
            yield return candidate.Parts.All(static part => part.Target.Contains("syscalls/", StringComparison.Ordinal))
                ? "no kernel frames: this kernel hands a system call's tracepoint the registers of user space (as those before 6.12 do), from which the kernel's own stack can't be walked"
                : "no kernel frames: this kernel gave none for any match";
        }

        if (stacks.Any(static stack => stack.Kernel.Count > 0) && !Kallsyms.Current.HasAddresses)
        {
            yield return "kernel frames are addresses: /proc/kallsyms hides where functions are (kernel.kptr_restrict, CAP_SYSLOG)";
        }
    }
}

/// <summary>All stacks of one program, commonest first, and what is not in them.</summary>
internal sealed record StackReport(IReadOnlyList<StackCount> Stacks, IReadOnlyList<string> Notes)
{
    private const int Outer = 2;
    private const int Inner = 14;

    /// <summary>Those that travel in a result, deep ones without their middle.</summary>
    public IReadOnlyList<StackCount> Commonest() =>
        [.. Stacks.Take(ProgramResult.MostStacks).Select(static stack => stack with { User = Shorten(stack.User), Kernel = Shorten(stack.Kernel) })];

    private static string Shorten(string folded)
    {
        var frames = folded.Split(';');
        return frames.Length <= Outer + Inner + 1 ? folded : string.Join(';', [.. frames[..Outer], $"…{frames.Length - Outer - Inner}…", .. frames[^Inner..]]);
    }
}
