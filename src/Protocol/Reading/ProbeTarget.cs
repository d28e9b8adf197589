namespace Sonde.Protocol.Reading;

/// <summary>What to probe, brought into the contract's form. Whether the kernel has it is for the tracer to find out.</summary>
/// <param name="Type">After a prefix has had its say.</param>
/// <param name="Target">Without prefix; a tracepoint as <c>category/name</c> where a category is known.</param>
internal readonly record struct ProbeTarget(ProbeType Type, string Target)
{
    private const int MostCharacters = 200;
    private const string Expected = "expected tracepoint, kprobe or kretprobe (also fentry, fexit, tp, t, p, r)";

    // Categories that models write with a colon while asking for a kprobe; `module:function` is told from them by this.
    private static readonly HashSet<string> Categories =
    [
        "block", "cgroup", "compaction", "cpuhp", "exceptions", "ext4", "fib", "filemap", "io_uring", "irq", "irq_vectors", "jbd2",
        "kmem", "kvm", "mmap", "mmap_lock", "module", "napi", "net", "nfs", "oom", "page_pool", "power", "qdisc", "raw_syscalls",
        "rcu", "sched", "scsi", "signal", "skb", "sock", "sunrpc", "syscalls", "task", "tcp", "thermal", "timer", "udp", "vmscan",
        "workqueue", "writeback", "xdp", "xfs",
    ];

    public static ProbeTarget Parse(string? type, string? target, List<string> notes, List<string> faults)
    {
        if (target is null)
        {
            faults.Add("target is missing: a tracepoint like syscalls/sys_enter_connect or a kernel function like tcp_connect");
            return new ProbeTarget(TypeOf(type) ?? ProbeType.Kprobe, "");
        }

        var (prefix, name) = SplitPrefix(Unadorned(target));
        if (IsUserSpace(prefix) || (prefix is null && IsUserSpace(type)))
        {
            faults.Add($"'{prefix ?? type}' probes user space, which is not supported; {Expected}");
            return new ProbeTarget(ProbeType.Kprobe, Safe(name));
        }

        var declared = TypeOf(type);
        var meant = TypeOf(prefix) ?? TypeByShape(name, declared) ?? declared ?? ProbeType.Kprobe;
        if (type is not null && declared is null && TypeOf(prefix) is null)
        {
            faults.Add($"unknown type '{SafeText.Quote(type)}'; {Expected}");
        }
        else if (declared is not null && declared != meant)
        {
            notes.Add($"type {Word(declared.Value)} contradicts the target '{SafeText.Quote(target)}'; {Word(meant)} was taken");
        }
        else if (type is null && prefix is null)
        {
            notes.Add($"no type was given; {Word(meant)} was taken from the target's form");
        }

        name = meant == ProbeType.Tracepoint ? WithSlash(name) : WithoutModule(name, notes);
        if (!IsName(name, meant))
        {
            faults.Add($"'{SafeText.Quote(target)}' is no {(meant == ProbeType.Tracepoint ? "tracepoint" : "kernel function")}'s name");
            return new ProbeTarget(meant, Safe(name));
        }

        return new ProbeTarget(meant, name);
    }

    private static string Word(ProbeType type) => type switch
    {
        ProbeType.Tracepoint => "tracepoint",
        ProbeType.Kretprobe => "kretprobe",
        _ => "kprobe",
    };

    private static ProbeType? TypeOf(string? word) => word?.Trim().ToLowerInvariant() switch
    {
        "tracepoint" or "tp" or "t" or "raw_tracepoint" or "raw_tp" or "rawtracepoint" or "tp_btf" => ProbeType.Tracepoint,
        "kprobe" or "p" or "k" or "fentry" or "kfunc" => ProbeType.Kprobe,
        "kretprobe" or "r" or "kr" or "fexit" or "kretfunc" => ProbeType.Kretprobe,
        _ => null,
    };

    private static bool IsUserSpace(string? word) =>
        word?.Trim().ToLowerInvariant() is "uprobe" or "uretprobe" or "usdt" or "u" or "ur" or "profile" or "interval" or "perf_event";

    // `tcp_connect(struct sock *sk)`, `tcp_connect()`, `/sys/kernel/tracing/events/tcp/tcp_probe`
    private static string Unadorned(string target)
    {
        var call = target.IndexOf('(', StringComparison.Ordinal);
        var name = (call > 0 ? target[..call] : target).Trim();
        var events = name.IndexOf("tracing/events/", StringComparison.Ordinal);
        return events >= 0 ? name[(events + "tracing/events/".Length)..].TrimEnd('/') : name;
    }

    // `kprobe:tcp_connect`, and as section names have it `kprobe/tcp_connect`; one letter counts with a colon only.
    private static (string? Prefix, string Name) SplitPrefix(string target)
    {
        var separator = target.AsSpan().IndexOfAny(':', '/');
        if (separator <= 0 || separator == target.Length - 1)
        {
            return (null, target);
        }

        var prefix = target[..separator];
        var known = (TypeOf(prefix) is not null || IsUserSpace(prefix)) && (prefix.Length > 1 || target[separator] == ':');
        return known ? (prefix, target[(separator + 1)..].Trim()) : (null, target);
    }

    private static ProbeType? TypeByShape(string name, ProbeType? declared)
    {
        var separator = name.AsSpan().IndexOfAny(':', '/');
        var isEvent = name.StartsWith("sys_enter_", StringComparison.Ordinal) || name.StartsWith("sys_exit_", StringComparison.Ordinal)
            || (separator > 0 && IsWord(name.AsSpan(0, separator))
                && (name[separator] == '/' || declared is null || Categories.Contains(name[..separator])));
        return isEvent ? ProbeType.Tracepoint : null;
    }

    private static bool IsWord(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    private static string WithSlash(string name)
    {
        var separator = name.AsSpan().IndexOfAny(':', '/');
        if (separator > 0)
        {
            return $"{name[..separator].Trim()}/{name[(separator + 1)..].Trim()}";
        }

        return name.StartsWith("sys_enter_", StringComparison.Ordinal) || name.StartsWith("sys_exit_", StringComparison.Ordinal)
            ? $"syscalls/{name}"
            : name;
    }

    // The kernel looks a function up by its name alone.
    private static string WithoutModule(string name, List<string> notes)
    {
        var separator = name.LastIndexOf(':');
        if (separator < 0)
        {
            return name;
        }

        notes.Add($"the module in '{SafeText.Quote(name)}' was left out; functions are found by name in every module");
        return name[(separator + 1)..];
    }

    private static bool IsName(string name, ProbeType type) =>
        name.Length is > 0 and <= MostCharacters
        && name.Count(c => c == '/') <= (type == ProbeType.Tracepoint ? 1 : 0)
        && name[^1] != '/'
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '*' or '-' or '/');

    private static string Safe(string name) => SafeText.Quote(name, MostCharacters);
}
