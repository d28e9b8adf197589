using System.Diagnostics;
using Sonde.Kernel;
using Sonde.Kernel.Elf;

namespace Sonde.Tracing.Stacks;

/// <summary>Names of frames, each file's symbols read once for all that is asked of it.</summary>
internal sealed class FrameNames
{
    private readonly ProcessImages _images;
    private readonly Dictionary<Image, IReadOnlyDictionary<ulong, ElfFunction>> _functions = [];

    /// <param name="images">The files.</param>
    /// <param name="stacks">Whose frames will be asked for.</param>
    /// <param name="longest">Once reading has taken so long, the remaining files' frames stay places in a file.</param>
    public FrameNames(ProcessImages images, IReadOnlyList<CountedStack> stacks, TimeSpan longest)
    {
        _images = images;
        var clock = Stopwatch.StartNew();
        var files = stacks
            .SelectMany(static stack => stack.User.Select(frame => (stack.ProcessId, Frame: frame)))
            .Distinct()
            .Select(one => Place(one.ProcessId, one.Frame))
            .Where(static place => place.Image is not null && place.Address is not null)
            .GroupBy(static place => place.Image!, static place => place.Address!.Value)
            .OrderByDescending(static group => group.Count());
        foreach (var file in files)
        {
            if (clock.Elapsed < longest)
            {
                _functions[file.Key] = file.Key.Elf.FindFunctions(file);
            }
            else
            {
                Unread++;
            }
        }
    }

    /// <summary>Files whose symbols there was no time for.</summary>
    public int Unread { get; }

    /// <summary>A frame of a process: its function, or the file and where in it, or what is known of the memory.</summary>
    public string User(int process, UserFrame frame)
    {
        var place = Place(process, frame);
        if (place.Image is { } image && place.Address is { } address)
        {
            return _functions.TryGetValue(image, out var functions) && functions.TryGetValue(address, out var function) ? function.Name : $"{image.Name}+0x{address:x}";
        }

        return frame.BuildId is not null ? $"[{frame.BuildId[..12]}]+0x{frame.Value:x}" : place.Memory;
    }

    /// <summary>An address of the kernel: its function, or the number.</summary>
    public static string Kernel(ulong address) => Kallsyms.Current.Resolve(address)?.Symbol ?? $"0x{address:x}";

    private (Image? Image, ulong? Address, string Memory) Place(int process, UserFrame frame)
    {
        if (frame.BuildId is { } buildId)
        {
            var found = _images.ByBuildId(buildId);
            return (found, found?.Elf.AddressOf(frame.Value), "");
        }

        if (_images.ByAddress(process, frame.Value) is not { } at)
        {
            return (null, null, "[unknown]");
        }

        var offset = frame.Value - at.Range.Start + at.Range.Offset;
        var memory = at.Range.Path.Length == 0 ? "[anonymous]"
            : at.Range.File.Inode == 0 ? at.Range.Path
            : $"{Path.GetFileName(at.Range.Path)}+0x{offset:x}";
        return (at.Image, at.Image?.Elf.AddressOf(offset), memory);
    }
}
