using Sonde.Interop;

namespace Sonde.Kernel;

/// <summary>A cgroup of the unified hierarchy.</summary>
/// <param name="Id">As BPF sees it: the inode number of its folder.</param>
/// <param name="Level">Its depth; the root is 0.</param>
internal readonly record struct Cgroup(ulong Id, uint Level);

/// <summary>Finds a cgroup by path, or by the beginning of a container's id.</summary>
internal static class CgroupLookup
{
    // Hybrid hosts keep the unified hierarchy beside the old ones.
    private static readonly string[] Roots = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];

    private const int ShortestContainerId = 6;

    /// <summary>Where the unified hierarchy is mounted; null where it isn't.</summary>
    public static string? Root => Array.Find(Roots, path => File.Exists(Path.Combine(path, "cgroup.controllers")));

    /// <summary>The cgroup, or null where there is none of that name.</summary>
    public static Cgroup? Find(string name)
    {
        if (Root is not { } root)
        {
            return null;
        }

        var relative = name.StartsWith(root, StringComparison.Ordinal) ? name[root.Length..] : name;
        var folder = Path.Join(root, relative.Trim('/'));
        if (!relative.Contains("..", StringComparison.Ordinal) && Directory.Exists(folder))
        {
            return At(root, folder);
        }

        return name.Length >= ShortestContainerId && FindContainer(root, name) is { } container ? At(root, container) : null;
    }

    // Runtimes name the folder `<id>`, `docker-<id>.scope`, `cri-containerd-<id>.scope`, …
    private static string? FindContainer(string root, string id)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return Directory.EnumerateDirectories(root, "*", options).FirstOrDefault(path =>
        {
            var folder = Path.GetFileName(path);
            return folder.StartsWith(id, StringComparison.Ordinal) || folder.Contains("-" + id, StringComparison.Ordinal);
        });
    }

    private static Cgroup? At(string root, string folder)
    {
        var level = Path.GetRelativePath(root, folder) is var relative && relative == "." ? 0 : relative.Split('/').Length;
        return FileIdentity.InodeOf(folder) is { } inode ? new Cgroup(inode, (uint)level) : null;
    }
}
