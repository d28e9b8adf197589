using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>
/// The files of a confined program: everything that the host has, read-only, devices and sockets out of use, and a scratch folder of its own. The scratch
/// folder isn't <c>/tmp</c>: what the host has there is evidence like everything else.
/// </summary>
/// <param name="cutNetwork">Whether the network is left for an empty one.</param>
internal sealed class SandboxMounts(bool cutNetwork)
{
    private const string ScratchOptions = "size=64m,nr_inodes=4096,mode=0755";
    private const ulong ScratchFlags = Mounts.NoSetUid | Mounts.NoDevices | Mounts.NoExec;
    private const ulong Confined = Mounts.ReadOnly | Mounts.NoSetUid | Mounts.NoDevices;

    // The first two are the agent's own; the last is what most hosts have and few programs use.
    private static readonly string[] ScratchFolders = ["/run/sonde/scratch", "/var/lib/sonde/scratch", "/var/tmp"];

    // Major and minor numbers: another device under these names isn't one of these.
    private static readonly (string Path, uint Minor)[] UsableDevices = [("/dev/null", 3), ("/dev/zero", 5), ("/dev/full", 7), ("/dev/random", 8), ("/dev/urandom", 9), ("/dev/kmsg", 11)];

    // Reading it takes messages away from the host's own logger.
    private static readonly string[] ConsumedByReading = ["/proc/kmsg"];

    private static readonly string[] PowerfulSockets =
    [
        "/run/docker.sock", "/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/podman/podman.sock", "/run/cri-dockerd.sock",
        "/run/systemd/private", "/run/systemd/notify", "/run/snapd.socket", "/run/lxd.socket", "/run/libvirt/libvirt-sock", "/run/udev/control",
    ];

    private const string SystemBus = "/run/dbus/system_bus_socket";

    /// <summary>Where the scratch folder is mounted on this host; null where no folder for it exists.</summary>
    public static string? ScratchFolder => ScratchFolders.FirstOrDefault(static folder => FileIdentity.Of(folder) is { IsDirectory: true });

    /// <summary>Where a program may write; null where there is no such place.</summary>
    public string? ScratchPath { get; private set; }

    /// <summary>The same folder for the agent; -1 where there is none.</summary>
    public int ScratchDescriptor { get; private set; } = -1;

    /// <summary>In order.</summary>
    public IReadOnlyList<SandboxStep> Steps =>
    [
        new("namespaces", "own mount and IPC namespaces: CAP_SYS_ADMIN", Leave),
        new("private", "mounts that are no longer shared with the host", static () => Mounts.Mount("none", "/", null, Mounts.Recursive | Mounts.Private, null)),
        new("read_only", "a read-only view of every mount", static () => MakeReadOnly()),
        new("devices", "a /dev whose devices are out of use but for /dev/null and its like", UseDevices),
        new("scratch", "a scratch folder that the host doesn't see", MountScratch),
        new("masks", "control sockets and consuming files out of reach", Mask),
        new("directory", "a start in /", static () => ProcessImage.ChangeDirectory("/")),
    ];

    /// <summary>Makes a folder to mount it on, in the agent's own name. Where none can be made, one that exists serves.</summary>
    public static void PrepareScratchFolder()
    {
        foreach (var folder in ScratchFolders.Take(2))
        {
            try
            {
                Directory.CreateDirectory(folder);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next one.
            }
        }
    }

    private int Leave()
    {
        SandboxIdentity.OfferToOomKiller();
        return Mounts.Unshare(Mounts.NewMounts | Mounts.NewIpc | (cutNetwork ? Mounts.NewNetwork : 0));
    }

    private static int MakeReadOnly()
    {
        var errno = Mounts.SetRecursively("/", Confined);
        return errno == Errors.NotImplemented ? MountTable.RemountAll(Confined) : errno;
    }

    private static int UseDevices()
    {
        foreach (var (path, minor) in UsableDevices)
        {
            if (FileIdentity.Of(path) is not { IsCharacterDevice: true } identity || identity.Device != (1, minor))
            {
                continue;
            }

            var errno = Mounts.Mount(path, path, null, Mounts.Bind, null);
            errno = errno != 0 ? errno : Mounts.Mount("none", path, null, Mounts.Remount | Mounts.Bind | Mounts.ReadOnly | Mounts.NoSetUid | Mounts.NoExec, null);
            if (errno != 0)
            {
                return errno;
            }
        }

        return 0;
    }

    private int MountScratch()
    {
        ScratchPath = ScratchFolder;
        if (ScratchPath is null)
        {
            return 0; // Nothing is writable then but /dev/null.
        }

        var errno = Mounts.Mount("sonde", ScratchPath, "tmpfs", ScratchFlags, ScratchOptions);
        if (errno == 0)
        {
            ScratchDescriptor = FileNodes.OpenFolder(ScratchPath, out errno);
        }

        return errno;
    }

    private int Mask()
    {
        foreach (var path in ConsumedByReading)
        {
            if (FileIdentity.Of(path) is not null && FileIdentity.Of("/dev/null") is not null && Mounts.Mount("/dev/null", path, null, Mounts.Bind, null) is var errno and not 0)
            {
                return errno;
            }
        }

        // A program with local sockets is one that the agent chose, arguments included, and the bus or a runtime is what it is there for.
        return cutNetwork || ScratchPath is not { } scratch ? 0 : MaskSockets(scratch);
    }

    // A dead socket with the same owner and permissions in its place: what is there can be seen, and nobody answers.
    private static int MaskSockets(string scratch)
    {
        var number = 0;
        foreach (var path in PowerfulSockets.Append(SystemBus))
        {
            if (FileIdentity.Of(path) is not { IsSocket: true } socket)
            {
                continue;
            }

            var dead = $"{scratch}/.socket{number++}";
            var errno = FileNodes.MakeDeadSocket(dead, socket);
            errno = errno != 0 ? errno : Mounts.Mount(dead, path, null, Mounts.Bind, null);
            File.Delete(dead);
            if (errno != 0)
            {
                return errno;
            }
        }

        return 0;
    }
}
