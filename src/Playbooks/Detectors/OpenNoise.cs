namespace Sonde.Playbooks.Detectors;

/// <summary>What fails to open on every healthy host, and what an application can rarely do without.</summary>
internal static class OpenNoise
{
    // Searched along a path, or optional by design.
    private static readonly string[] Fragments =
    [
        "/ld.so.", "glibc-hwcaps", "/locale/", "/LC_", "gconv", "/terminfo/", "/zoneinfo", "/etc/localtime", "__pycache__", "pyvenv.cfg", "-packages/", ".pth",
        "/node_modules/", "/proc/", "/sys/", "/nscd/", "/.git", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "openssl.cnf", "/systemd/", "/udev/",
        "/etc/ssl/certs/", "/usr/share/", "/usr/lib/", "/lib/x86_64-linux-gnu/", "/lib64/", "/usr/local/lib/", "/perl", "/ruby/", "/dotnet/", "deps.json",
        "runtimeconfig", "/dev/tty", "/dev/shm/", "/.cache/", "/.config/", "/.local/", "/inputrc", "/etc/profile.d", "/.bash", "/.profile", "/etc/selinux/", "/utmp", "/wtmp",
    ];

    private static readonly string[] Endings = [".pyc", ".pyo", ".pyi", ".mo", ".mo.gz", ".so", ".la", ".gch", ".pch", ".h", ".hh", ".hpp", ".inc", ".d", ".git", ".gitignore", ".editorconfig"];

    private static readonly string[] ConfigurationEndings =
    [
        ".conf", ".config", ".cfg", ".cnf", ".ini", ".yml", ".yaml", ".json", ".toml", ".xml", ".env", ".properties", ".pem", ".key", ".crt", ".cert", ".lic",
        ".db", ".sqlite", ".sqlite3", ".dat", ".csv", ".tmpl", ".j2", ".sql", ".keytab", ".token", ".secret", ".pid", ".lock", ".log",
    ];

    private static readonly string[] ApplicationFolders = ["/etc/", "/opt/", "/srv/", "/var/lib/", "/var/log/", "/var/spool/", "/home/", "/run/secrets/", "/data/", "/app/", "/mnt/", "/root/"];

    /// <summary>Whether failing to open this path is normal for programs that work.</summary>
    public static bool IsUsual(string path) =>
        Fragments.Any(f => path.Contains(f, StringComparison.Ordinal))
        || Endings.Any(e => path.EndsWith(e, StringComparison.Ordinal))
        || path.Contains(".so.", StringComparison.Ordinal);

    /// <summary>Whether it looks like something that an application is given: a configuration, a key, data.</summary>
    public static bool IsApplicationFile(string path) =>
        ConfigurationEndings.Any(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase))
        || ApplicationFolders.Any(f => path.StartsWith(f, StringComparison.Ordinal));
}
