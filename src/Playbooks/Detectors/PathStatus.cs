using System.Globalization;
using System.Text;
using Sonde.Playbooks.Plans;
using Sonde.Protocol;

namespace Sonde.Playbooks.Detectors;

internal enum PathVerdict
{
    /// <summary>Looked at as root, it does not exist.</summary>
    Missing,

    /// <summary>It exists, and the application was denied.</summary>
    Denied,

    /// <summary>It exists, though the application had not found it.</summary>
    Readable,
}

/// <summary>What a second round found at a path that could not be opened.</summary>
internal sealed record PathStatus(string CommandId, PathVerdict Verdict, string Line, string? Parent)
{
    private const double ProofWindow = 6;
    private const string MissingMark = "missing: ";
    private const string FoundMark = "found: ";
    private const string ParentMark = "nearest: ";

    /// <summary>Id of the command that looks at this path: the same in every round.</summary>
    public static string Id(string path)
    {
        // FNV-1a: short, stable, and nothing of the path has to be made safe for an id.
        var hash = 2166136261u;
        foreach (var octet in Encoding.UTF8.GetBytes(path))
        {
            hash = (hash ^ octet) * 16777619u;
        }

        return $"path_{hash.ToString("x8", CultureInfo.InvariantCulture)}";
    }

    /// <summary>Null where nobody looked yet, or looking told nothing.</summary>
    public static PathStatus? Read(CaseFile file, string path)
    {
        if (file.Command(Id(path)) is not { } command)
        {
            return null;
        }

        var lines = command.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var parent = lines.FirstOrDefault(l => l.StartsWith(ParentMark, StringComparison.Ordinal))?[ParentMark.Length..];
        if (lines.FirstOrDefault(l => l.StartsWith(MissingMark, StringComparison.Ordinal)) is { } missing)
        {
            return new PathStatus(command.Id, PathVerdict.Missing, missing[MissingMark.Length..], parent);
        }

        if (lines.FirstOrDefault(l => l.StartsWith(FoundMark, StringComparison.Ordinal)) is not { } found)
        {
            return null;
        }

        var denied = file.Ran("sys_enter_openat", "sys_enter_openat2", "sys_enter_open")
            .SelectMany(p => p.Events)
            .Any(e => e.Text("filename") == path && e.Text("error") is "EACCES" or "EPERM" or "EROFS");
        return new PathStatus(command.Id, denied ? PathVerdict.Denied : PathVerdict.Readable, found[FoundMark.Length..], parent);
    }

    /// <summary>
    /// Looks at the path as the process sees it (its root and working folder, which differ in a container), and traces the process once more,
    /// successes included: a search that ends well refutes the suspicion.
    /// </summary>
    public static FollowUp Proof(CallGroup calls, IReadOnlyList<int> pids)
    {
        var pid = pids[^1];
        var view = calls.Subject.StartsWith('/') ? $"/proc/{pid}/root" : $"/proc/{pid}/cwd/";
        var command =
            $"v={view}; p={Shell.Quote(calls.Subject)}; [ -d \"$v/.\" ] || v=; "
            + "case $v$p in /*) ;; *) echo \"unclear: relative to the folder of a process that is gone\"; exit 0;; esac; "
            + "if l=$(ls -ldn -- \"$v$p\" 2>&1); then echo \"found: $l\"; else "
            + "case $l in *'No such file'*|*'Not a directory'*) echo \"missing: $l\";; *) echo \"unclear: $l\";; esac; "
            + "d=$p; while d=$(dirname -- \"$d\"); do [ -d \"$v$d\" ] && break; case $d in /|.) break;; esac; done; echo \"nearest: $d\"; ls -la -- \"$v$d\" | head -n 15; fi; "
            + "namei -l -- \"$v$p\" 2>/dev/null";

        return new FollowUp(
            [new CommandRequest { Id = Id(calls.Subject), Command = command, Description = $"what is at {calls.Subject}, as process {pid} sees it" }],
            [
                new ProgramRequest
                {
                    Name = $"opens_{Id(calls.Subject)}",
                    Type = ProbeType.Tracepoint,
                    Target = "syscalls/sys_enter_openat",
                    Duration = ProofWindow,
                    // A process that dies and comes back has another pid each time.
                    Filters = pids.Count == 1 ? new ProgramFilters { Pid = pid } : new ProgramFilters { Comm = calls.ProcessName },
                    Description = $"all opens of {calls.ProcessName}: does it find the file elsewhere?",
                    MaxEvents = 60,
                },
            ]);
    }
}
