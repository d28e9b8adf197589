using System.Text;

namespace Sonde.Diagnosis;

/// <summary>
/// Keeps everything of one diagnosis on disk, for its owner only. Trouble with the disk is a warning, told once, and never stops a diagnosis.
/// </summary>
internal sealed class SessionFolder : IDisposable
{
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The dialogue; the first file of a session.</summary>
    public const string TranscriptName = "transcript.jsonl";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Lock _gate = new();
    private readonly Action<string> _warn;
    private readonly Dictionary<string, StreamWriter> _lines = [];
    private bool _warned;

    private SessionFolder(string? path, StreamWriter? transcript, Action<string> warn)
    {
        (Path, _warn) = (path, warn);
        if (transcript is not null)
        {
            _lines.Add(TranscriptName, transcript);
        }
    }

    /// <summary>Absolute; null when nothing can be kept.</summary>
    public string? Path { get; }

    /// <summary>Opens the first place that can be written.</summary>
    /// <param name="session">Name of the folder.</param>
    /// <param name="named">The folder a person named, used as it is unless it holds another session; null for the state directory.</param>
    /// <param name="warn">Told at most twice: where nothing can be kept, or when writing fails later.</param>
    public static SessionFolder Open(string session, string? named, Action<string> warn)
    {
        string? firstFault = null;
        foreach (var place in named is null ? SessionPlaces.For(session) : [Vacant(named, session)])
        {
            if (TryCreate(place, out var transcript, out var fault))
            {
                return new SessionFolder(place, transcript, warn);
            }

            firstFault ??= fault;
        }

        if (named is null && TryCreateTemporary(session) is { } temporary && TryCreate(temporary, out var last, out _))
        {
            warn($"The session can't be kept in the state directory ({firstFault}); it is in {temporary}.");
            return new SessionFolder(temporary, last, warn);
        }

        warn($"The session can't be saved ({firstFault}); the report is on standard output only. Name a writable folder with --report.");
        return new SessionFolder(null, null, warn);
    }

    /// <summary>Adds one line to a file of the session; it is the kernel's when this returns, and survives the agent.</summary>
    /// <param name="name">Relative to the folder.</param>
    /// <param name="line">Without its end.</param>
    public void Append(string name, string line)
    {
        if (Path is not { } path)
        {
            return;
        }

        lock (_gate)
        {
            Try(name, () =>
            {
                if (!_lines.TryGetValue(name, out var file))
                {
                    _lines.Add(name, file = new StreamWriter(Create(System.IO.Path.Combine(path, name)), Utf8));
                }

                file.WriteLine(line);
                file.Flush();
            });
        }
    }

    /// <summary>Writes a file of the session whole or not at all.</summary>
    /// <param name="name">Relative to the folder.</param>
    /// <param name="text">Its content.</param>
    /// <returns>Whether it is there now.</returns>
    public bool Write(string name, string text) => Path is { } path && Try(name, () =>
    {
        var target = System.IO.Path.Combine(path, name);
        var unfinished = target + ".part";
        CreateParent(target);
        try
        {
            using (var stream = Create(unfinished))
            {
                stream.Write(Utf8.GetBytes(text));
            }

            File.Move(unfinished, target, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    });

    /// <summary>Opens a file of the session for writing bit by bit; null when that fails.</summary>
    public Stream? Open(string name)
    {
        Stream? stream = null;
        _ = Path is { } path && Try(name, () =>
        {
            var target = System.IO.Path.Combine(path, name);
            CreateParent(target);
            stream = Create(target);
        });
        return stream;
    }

    /// <summary>Warns, once, that a file could not be written.</summary>
    public void Failed(string name, Exception fault)
    {
        if (!Interlocked.Exchange(ref _warned, true))
        {
            _warn($"{System.IO.Path.Combine(Path ?? "", name)} can't be written ({fault.Message}); the session folder is incomplete, the report on standard output is whole.");
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var (name, file) in _lines)
            {
                Try(name, file.Dispose);
            }

            _lines.Clear();
        }
    }

    private bool Try(string name, Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failed(name, e);
            return false;
        }
    }

    private static string Vacant(string named, string session)
    {
        var full = System.IO.Path.GetFullPath(named);
        return File.Exists(System.IO.Path.Combine(full, TranscriptName)) ? System.IO.Path.Combine(full, session) : full;
    }

    private static bool TryCreate(string path, out StreamWriter? transcript, out string? fault)
    {
        try
        {
            CreateFolder(path);
            transcript = new StreamWriter(Create(System.IO.Path.Combine(path, TranscriptName)), Utf8);
            fault = null;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            (transcript, fault) = (null, e.Message);
            return false;
        }
    }

    private static string? TryCreateTemporary(string session)
    {
        try
        {
            return System.IO.Path.Combine(Directory.CreateTempSubdirectory("sonde-").FullName, session);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void CreateParent(string file) => CreateFolder(System.IO.Path.GetDirectoryName(file)!);

    // Level by level: a mode given to CreateDirectory is the last folder's only.
    private static void CreateFolder(string path)
    {
        if (System.IO.Path.GetDirectoryName(path) is { } parent && !Directory.Exists(parent))
        {
            CreateFolder(parent);
        }

        Directory.CreateDirectory(path, OwnerFolder);
    }

    // New only: in a folder that others can write to, a link laid in wait must not be followed.
    private static FileStream Create(string path) =>
        new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, UnixCreateMode = OwnerFile });
}
