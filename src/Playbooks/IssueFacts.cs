using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Sonde.Playbooks;

/// <summary>What an issue names outright: the handles by which its application is found again in the evidence.</summary>
internal sealed partial record IssueFacts
{
    /// <summary>TCP or UDP ports.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>IP addresses.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Names of hosts, from endpoints, URLs and dotted names.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Absolute paths.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Names of files without a folder, <c>app.yaml</c>.</summary>
    public IReadOnlyList<string> FileNames { get; init; } = [];

    /// <summary>Process ids.</summary>
    public IReadOnlyList<int> Pids { get; init; } = [];

    /// <summary>All words that could be a process's name, in lower case.</summary>
    public IReadOnlySet<string> Words { get; init; } = new HashSet<string>();

    // English words that are also names of commands, and words that stand for any application.
    private static readonly HashSet<string> NotNames =
    [
        "app", "application", "service", "server", "client", "database", "process", "program", "system", "host", "machine", "network", "file", "config",
        "sh", "cat", "find", "sort", "time", "top", "test", "which", "who", "at", "kill", "less", "more", "head", "tail", "cut", "join", "split", "date",
        "sleep", "watch", "write", "make", "script", "free", "look", "last", "up", "do", "if", "in", "on", "is", "it", "the", "true", "false", "yes", "no",
        "systemd", "python", "python3", "perl", "ruby", "java", "node", "bash", "worker", "daemon", "agent", "sonde",
        "kernel", "linux", "memory", "disk", "cpu", "port", "error", "fails", "my", "our", "a", "an", "and", "to", "its", "with", "from", "for",
    ];

    // Of the Filesystem Hierarchy Standard and the kernel's own.
    private static readonly HashSet<string> StandardFolders =
        ["boot", "home", "media", "proc", "root", "sbin", "local", "share", "include", "libexec", "cache", "lock", "spool", "mail", "games", "device", "devices", "system", "user", "users", "site-packages", "dist-packages"];

    /// <summary>Reads an issue as a person wrote it.</summary>
    public static IssueFacts Read(string text)
    {
        var ports = new List<int>();
        var addresses = new List<IPAddress>();
        var hosts = new List<string>();

        foreach (Match match in Endpoint().Matches(text))
        {
            var host = match.Groups["host"].Value.Trim('[', ']');
            if (host.All(char.IsAsciiDigit))
            {
                continue; // a time of day
            }

            AddPort(match.Groups["port"].Value);
            AddHost(host);
        }

        foreach (Match match in Url().Matches(text))
        {
            AddHost(match.Groups["host"].Value);
        }

        foreach (Match match in Port().Matches(text))
        {
            AddPort(match.Groups["port"].Value);
        }

        foreach (Match match in IPv4().Matches(text))
        {
            AddHost(match.Value);
        }

        var paths = AbsolutePath().Matches(text).Select(m => m.Value.TrimEnd('.', ',', ':', ';', '!', '?')).Where(p => p.Trim('/').Length > 0);
        var files = FileName().Matches(text).Select(m => m.Value).ToList();
        foreach (Match match in DottedName().Matches(text))
        {
            if (!files.Contains(match.Value) && !char.IsAsciiDigit(match.Value[^1]))
            {
                AddHost(match.Value);
            }
        }

        return new IssueFacts
        {
            Ports = [.. ports.Distinct()],
            Addresses = [.. addresses.Distinct()],
            Hosts = [.. hosts.Distinct(StringComparer.OrdinalIgnoreCase)],
            Paths = [.. paths.Distinct()],
            FileNames = [.. files.Distinct()],
            Pids = [.. Pid().Matches(text).Select(m => int.Parse(m.Groups["pid"].Value, CultureInfo.InvariantCulture)).Distinct()],
            Words = Word().Matches(text).Select(m => m.Value.TrimEnd('.', '-').ToLowerInvariant()).Where(w => w.Length > 1 && !NotNames.Contains(w)).ToHashSet(),
        };

        void AddPort(string digits)
        {
            if (int.Parse(digits, CultureInfo.InvariantCulture) is > 0 and <= 65535 and var port)
            {
                ports.Add(port);
            }
        }

        void AddHost(string host)
        {
            if (IPAddress.TryParse(host, out var address) && (host.Contains(':') || host.Count(c => c == '.') == 3))
            {
                addresses.Add(address);
            }
            else if (host.Any(char.IsAsciiLetter) && !NotNames.Contains(host.ToLowerInvariant()))
            {
                hosts.Add(host);
            }
        }
    }

    /// <summary>Whether the issue names this process; <paramref name="comm"/> may be cut to 15 characters, as the kernel does.</summary>
    public bool Names(string comm)
    {
        var name = comm.ToLowerInvariant();
        return name.Length > 1 && (Words.Contains(name) || (name.Length == 15 && Words.Any(w => w.StartsWith(name, StringComparison.Ordinal))));
    }

    /// <summary>Whether the issue names this file, by its path, a folder above it or its name.</summary>
    public bool NamesFile(string path) =>
        Paths.Any(p => path == p || path.StartsWith(p.TrimEnd('/') + "/", StringComparison.Ordinal) || p.EndsWith("/" + path.TrimStart('.', '/'), StringComparison.Ordinal))
        || FileNames.Any(f => path == f || path.EndsWith("/" + f, StringComparison.Ordinal));

    /// <summary>
    /// Whether the arguments of a process hold a word of the issue: one that is peculiar enough to be a name, or one that names a script, a module or an archive
    /// that an interpreter runs.
    /// </summary>
    public bool NamesCommandLine(string arguments)
    {
        var line = arguments.ToLowerInvariant();
        return Words.Any(w => w.Length >= 4 && w.AsSpan().IndexOfAny("-_.") >= 0 && line.Contains(w, StringComparison.Ordinal))
            || line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(a => a[0] != '-').Take(4).Select(FileOf).Any(n => n.Length >= 3 && (Words.Contains(n) || Resembles(n)));

        static string FileOf(string argument)
        {
            var name = argument[(argument.LastIndexOf('/') + 1)..];
            return name.LastIndexOf('.') is > 0 and var dot ? name[..dot] : name;
        }
    }

    /// <summary>Whether a word of the issue is a part of this name, or begins as it does: <c>billing</c> and <c>billing-api</c>, <c>indexing</c> and <c>indexer</c>.</summary>
    public bool Resembles(string name)
    {
        var parts = name.ToLowerInvariant().Split(['-', '_', '.', ':', '/', ' ', '(', ')'], StringSplitOptions.RemoveEmptyEntries).Where(p => p.Length >= 4 && !NotNames.Contains(p)).ToList();
        return parts.Any(part => Words.Any(w => w.Length >= 4 && (Stem(w) == Stem(part) || (Common(w, part) is >= 5 and var same && same * 10 >= Math.Min(w.Length, part.Length) * 7))));

        static int Common(string a, string b) => a.AsSpan().CommonPrefixLength(b);

        // Scans are made by scand.
        static string Stem(string word) => word.Length > 4 && word[^1] is 's' or 'd' ? word[..^1] : word;
    }

    /// <summary>Whether a word of the issue is a part of this path, or begins as one does; folders that every host has say nothing.</summary>
    public bool ResemblesPath(string path) =>
        Resembles(string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(name => !StandardFolders.Contains(name))));

    [GeneratedRegex(@"(?<host>\[[0-9a-fA-F:.]+\]|(?<![\w.-])[A-Za-z0-9][A-Za-z0-9._-]*):(?<port>\d{1,5})(?![\d:.]\d|\d)")]
    private static partial Regex Endpoint();

    [GeneratedRegex(@"\b[a-z][a-z0-9+]*://(?:[^\s/@]*@)?(?<host>[A-Za-z0-9._-]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Url();

    [GeneratedRegex(@"(?:\bports?(?:\s+number)?\s*[:=#]?\s*|(?<![\w:\]])[:])(?<port>\d{2,5})\b", RegexOptions.IgnoreCase)]
    private static partial Regex Port();

    [GeneratedRegex(@"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d]|\.\d)")]
    private static partial Regex IPv4();

    [GeneratedRegex(@"(?<![\w/:.~-])/[\w@%+=,.:#~-]+(?:/[\w@%+=,.:#~-]+)*/?")]
    private static partial Regex AbsolutePath();

    [GeneratedRegex(@"(?<![\w/.-])[\w-][\w.-]*\.(?:conf|config|cfg|cnf|ini|ya?ml|json|toml|xml|env|properties|pem|key|crt|cert|db|sqlite|log|txt|lock|sock|socket|pid|dat|csv|service|py|sh|js|rb|jar|tmpl|html)\b", RegexOptions.IgnoreCase)]
    private static partial Regex FileName();

    [GeneratedRegex(@"(?<![\w/.@-])[a-z][a-z0-9-]+(?:\.[a-z0-9-]{2,})+(?![\w/-])", RegexOptions.IgnoreCase)]
    private static partial Regex DottedName();

    [GeneratedRegex(@"\b(?:pid|process(?:\s+id)?|tgid)\s*[:=#]?\s*(?<pid>\d{1,7})\b", RegexOptions.IgnoreCase)]
    private static partial Regex Pid();

    [GeneratedRegex(@"[A-Za-z0-9_][A-Za-z0-9_.+-]*")]
    private static partial Regex Word();
}
