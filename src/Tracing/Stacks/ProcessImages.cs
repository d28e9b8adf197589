using Microsoft.Win32.SafeHandles;
using Sonde.Interop;
using Sonde.Kernel;
using Sonde.Kernel.Elf;

namespace Sonde.Tracing.Stacks;

/// <summary>
/// The files that processes execute, found by build id, or by process and address. What a process has mapped is noted while it lives; a file is
/// believed to be the one only by its build id or its inode, whatever its path.
/// </summary>
internal sealed class ProcessImages : IDisposable
{
    private const int MostFiles = 4096;

    private readonly ProcessMaps _processes;
    private readonly Dictionary<FileKey, Image?> _images = [];
    private readonly Dictionary<string, Image> _byBuildId = [];
    private readonly List<SafeFileHandle> _open = [];

    /// <param name="processes">What they have mapped.</param>
    /// <param name="needed">Build ids that frames have, and the names of the processes.</param>
    public ProcessImages(ProcessMaps processes, IEnumerable<(string BuildId, string ProcessName)> needed)
    {
        _processes = processes;
        foreach (var (process, ranges) in processes.All)
        {
            OpenAll(process, ranges);
        }

        // A process that has ended leaves its libraries mapped in others, and its program where programs are.
        var missing = needed.Where(one => !_byBuildId.ContainsKey(one.BuildId)).ToList();
        if (missing.Count > 0)
        {
            foreach (var name in missing.Select(static one => one.ProcessName).Distinct())
            {
                OpenPrograms(name);
            }
        }

        if (missing.Exists(one => !_byBuildId.ContainsKey(one.BuildId)))
        {
            foreach (var process in AllProcesses().Where(process => !processes.All.ContainsKey(process)))
            {
                OpenAll(process, ProcessMap.Read(process));
            }
        }
    }

    /// <summary>The file with this build id, or null.</summary>
    public Image? ByBuildId(string buildId) => _byBuildId.GetValueOrDefault(buildId);

    /// <summary>The range that an address of a process lies in, with its file where it has one that could be opened.</summary>
    public (ExecutableRange Range, Image? Image)? ByAddress(int process, ulong address)
    {
        foreach (var range in _processes.All.GetValueOrDefault(process) ?? [])
        {
            if (address >= range.Start && address < range.End)
            {
                return (range, _images.GetValueOrDefault(range.File));
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _open.ForEach(static file => file.Dispose());

    private void OpenAll(int process, IReadOnlyList<ExecutableRange> ranges)
    {
        foreach (var range in ranges)
        {
            if (range.File.Inode == 0 || _images.ContainsKey(range.File) || _images.Count >= MostFiles)
            {
                continue;
            }

            // The kernel's own link to the mapped file first: it holds for deleted files and in every mount namespace.
            _images[range.File] = null;
            _ = Open($"/proc/{process}/map_files/{range.Start:x}-{range.End:x}", range, trusted: true)
                || Open($"/proc/{process}/root{range.Path}", range, trusted: false)
                || Open(range.Path, range, trusted: false);
        }
    }

    private bool Open(string path, ExecutableRange range, bool trusted)
    {
        if (RegularFile.TryOpen(path, out var key) is not { } file)
        {
            return false;
        }

        if ((trusted || key == range.File) && ElfFile.TryRead(file) is { } elf)
        {
            _open.Add(file);
            Add(range.File, new Image(Path.GetFileName(range.Path), elf));
            return true;
        }

        file.Dispose();
        return false;
    }

    private void OpenPrograms(string name)
    {
        // A name from the kernel is a word, never a path.
        foreach (var folder in (string[])["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin"])
        {
            if (!name.Contains('/', StringComparison.Ordinal) && RegularFile.TryOpen(Path.Combine(folder, name), out var key) is { } file)
            {
                if (!_images.ContainsKey(key) && ElfFile.TryRead(file) is { } elf)
                {
                    _open.Add(file);
                    Add(key, new Image(name, elf));
                }
                else
                {
                    file.Dispose();
                }
            }
        }
    }

    private void Add(FileKey key, Image image)
    {
        _images[key] = image;
        if (image.Elf.BuildId is { } buildId)
        {
            _byBuildId.TryAdd(buildId, image);
        }
    }

    private static IEnumerable<int> AllProcesses() => Directory.EnumerateDirectories("/proc")
        .Select(static path => int.TryParse(Path.GetFileName(path), out var process) ? process : 0).Where(static process => process > 0);
}

/// <summary>One file that is executed.</summary>
/// <param name="Name">Without its folder.</param>
/// <param name="Elf">Its headers, and its symbols on demand.</param>
internal sealed record Image(string Name, ElfFile Elf);
