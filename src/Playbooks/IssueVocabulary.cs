namespace Sonde.Playbooks;

/// <summary>What people write about each kind of issue, and how much each word says. A trailing <c>*</c> matches any ending.</summary>
internal static class IssueVocabulary
{
    /// <summary>One word or phrase.</summary>
    internal readonly record struct Term(string Words, IssueKind Kind, int Weight);

    internal static IReadOnlyList<Term> Terms { get; } =
    [
        .. Of(IssueKind.Network, 6, "connection refused", "name resolution", "name server*", "nameserver*", "no route to host"),
        .. Of(IssueKind.Network, 5, "dns", "econnrefused", "etimedout", "ehostunreach", "enetunreach", "econnreset", "nxdomain"),
        .. Of(IssueKind.Network, 4, "network*", "refus*", "unreachable", "tcp", "udp", "packet*", "retransmi*", "firewall*", "reset by peer", "ping", "socket*"),
        .. Of(IssueKind.Network, 3, "connect*", "reach*", "port", "ports", "resolv*", "lookup*", "listen*", "upstream*", "no answer", "502", "503", "504"),
        .. Of(IssueKind.Network, 2, "timeout*", "timed out", "time out", "times out", "timing out", "http", "https", "ssl", "tls", "proxy", "hostname*", "remote", "websocket*", "webhook*", "deliver*", "smtp", "replicat*"),
        .. Of(IssueKind.Network, 1, "database", "db", "redis", "postgres*", "mysql", "mongo*", "kafka", "rabbitmq", "api", "endpoint*", "gateway", "backend", "url", "client*", "page*", "site", "website", "web", "mail", "link", "download*", "fetch*"),

        .. Of(IssueKind.Process, 6, "segfault*", "segmentation fault", "core dump*", "sigsegv", "sigabrt", "crash loop", "crashloop*", "zombie*"),
        .. Of(IssueKind.Process, 5, "crash*", "respawn*", "flap*"),
        .. Of(IssueKind.Process, 4, "dies", "died", "dying", "die", "unkillable", "be killed", "keeps coming back", "restart*", "fork*", "exits", "exited", "exit code*", "wont start", "will not start", "does not start", "doesnt start", "cannot start", "cant start", "fails to start", "failed to start", "refuses to start", "not starting", "be started", "wont run", "not running", "launch*"),
        .. Of(IssueKind.Process, 3, "stands still", "come up", "comes up", "kill -9", "does nothing", "hang*", "hung", "stuck", "frozen", "freez*", "abort*", "signal", "killed", "terminat*", "disappear*", "vanish*", "deadlock*", "not finish*", "never finish*", "never ends", "never returns", "not end", "makes no progress", "no progress", "in the middle", "half way", "halfway", "ends early", "breaks off"),
        .. Of(IssueKind.Process, 2, "process*", "systemd", "daemon", "exit", "start", "starts", "starting", "startup", "gone", "comes back", "goes away", "stops", "stopped"),
        .. Of(IssueKind.Process, 1, "service", "program", "container", "job"),

        .. Of(IssueKind.Files, 6, "no such file", "no space left", "too many open files", "read-only file system", "enoent", "eacces", "enospc", "emfile"),
        .. Of(IssueKind.Files, 5, "inode*", "permission denied", "access denied"),
        .. Of(IssueKind.Files, 4, "permission*", "denied", "disk*", "filesystem*", "file system*", "file*", "read-only"),
        .. Of(IssueKind.Files, 3, "config*", "directory", "folder*", "mount*", "save", "saves", "saved", "saving", "storage", "store", "stored", "space", "descriptor*", "fails to start", "failed to start", "cannot start", "wont start", "does not start", "refuses to start", "be started"),
        .. Of(IssueKind.Files, 2, "missing", "not found", "open", "opening", "read", "reading", "write", "writing", "writes", "io", "path", "certificate*", "settings", "template*", "upload*", "corrupt*", "spool", "handles", "secret*", "key", "keys"),

        .. Of(IssueKind.Performance, 6, "high cpu", "cpu usage", "high load"),
        .. Of(IssueKind.Performance, 5, "slow*", "performance", "cpu", "sluggish", "throttl*"),
        .. Of(IssueKind.Performance, 4, "crawl*", "response time*", "takes too long", "takes forever", "iowait", "unresponsive", "load average", "bottleneck*", "pegged", "maxed"),
        .. Of(IssueKind.Performance, 3, "takes seconds", "takes minutes", "takes ages", "as long", "forever", "long time", "so long", "too long", "longer", "drags", "bogged", "stall*", "roof", "latency", "lag*", "late", "later than", "behind schedule", "overdue", "throughput", "busy", "100%", "hog*", "degrad*", "load", "spik*", "stutter*"),
        .. Of(IssueKind.Performance, 2, "delay*", "hang*", "stuck", "utilization", "utilisation", "fan", "fans", "loud", "times as", "ages", "backlog", "halt", "timeout*"),

        .. Of(IssueKind.Memory, 6, "out of memory", "oom*", "memory leak*", "cannot allocate memory", "enomem"),
        .. Of(IssueKind.Memory, 5, "memory", "ram", "swap*"),
        .. Of(IssueKind.Memory, 4, "leak*", "thrash*", "rss", "malloc", "bad_alloc"),
        .. Of(IssueKind.Memory, 3, "heap", "allocat*", "killed", "evict*", "page fault*"),
    ];

    private static IEnumerable<Term> Of(IssueKind kind, int weight, params string[] words) => words.Select(w => new Term(w, kind, weight));
}
