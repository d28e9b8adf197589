using System.Text;
using System.Text.Json.Nodes;
using Sonde.Kernel;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>Files by their whole path, file system, inode and device.</summary>
internal static class Paths
{
    private const int FileSystemNameSize = 24;

    // What a key has room for beside the file system's name and the inode, which tell files without a place apart.
    private const int KeyNamesSize = Wire.MaxKey - FileSystemNameSize - sizeof(ulong);

    /// <summary>The file behind a <c>struct file *</c>.</summary>
    /// <param name="layout">The layout of the event.</param>
    /// <param name="btf">The kernel's types.</param>
    /// <param name="name">The argument's name, for a second path of the same event.</param>
    /// <param name="offset">Where the pointer stands in data.</param>
    public static bool TryAddFile(EventLayout layout, Btf btf, string name, int offset) =>
        btf.OffsetOf("file", "f_path") is { } path
        && btf.OffsetOf("file", "f_path.dentry") is { } entry
        && TryAdd(layout, btf, name, offset, FetchKind.Path, [path], [entry]);

    /// <summary>What a <c>struct path *</c> leads to.</summary>
    public static bool TryAddPath(EventLayout layout, Btf btf, string name, int offset) =>
        btf.OffsetOf("path", "dentry") is { } entry
        && TryAdd(layout, btf, name, offset, FetchKind.Path, [0], [entry]);

    /// <summary>A <c>struct dentry *</c>: its path within its file system, as it knows no mount.</summary>
    public static bool TryAddEntry(EventLayout layout, Btf btf, string name, int offset) =>
        TryAdd(layout, btf, name, offset, FetchKind.Dentry, [0], []);

    /// <summary>A <c>struct inode *</c>: its number, its file system and its device.</summary>
    public static bool TryAddInode(EventLayout layout, Btf btf, string name, int offset)
    {
        if (btf.OffsetOf("inode", "i_ino") is not { } number || !layout.HasRoom(sizeof(ulong)))
        {
            return false;
        }

        var inode = layout.Fetch(FetchKind.Bytes, offset, sizeof(ulong), [number]);
        var field = layout.Claim("inode", name + "_inode");
        layout.Decode((raw, data) => data[field] = raw.TryFetched(inode, out var bytes) ? Text.Number(BitConverter.ToInt64(bytes), signed: false) : null);
        if (btf.OffsetOf("inode", "i_sb") is { } super)
        {
            AddFileSystem(layout, btf, name, offset, [super]);
        }

        return true;
    }

    /// <summary>An open: its mode means something only where it may create a file.</summary>
    public static void AddOpen(EventLayout layout, KernelView kernel, TracepointFormat? format) => layout.Decode((_, data) =>
    {
        if ((string?)data["flags"] is { } flags && !flags.Contains("O_CREAT", StringComparison.Ordinal) && !flags.Contains("O_TMPFILE", StringComparison.Ordinal))
        {
            data.Remove("mode");
        }
    });

    /// <summary>A system call on a descriptor, its first argument: the file behind it, and the size of what its vectors hold.</summary>
    public static void AddDescriptor(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        const int FirstArgument = 16;
        const int Vectors = FirstArgument + 8;
        const int MostVectors = 8;
        const int VectorSize = 16;
        if (kernel.Btf is { } btf)
        {
            TryAddFile(layout, btf, "file", layout.FileOf(FirstArgument));
        }

        layout.KeyFields = ["path"];
        if (format?.Fields.Any(field => field.Name == "vec") == true)
        {
            var fetch = layout.Fetch(FetchKind.Bytes, Vectors, MostVectors * VectorSize, [0], FetchFlags.User);
            layout.Decode((raw, data) =>
            {
                var count = raw.Word(Vectors + 8);
                if (count <= MostVectors && raw.TryFetched(fetch, out var bytes))
                {
                    var size = 0L;
                    for (var i = 0; i < (int)count; i++)
                    {
                        size += BitConverter.ToInt64(bytes[(i * VectorSize + 8)..]);
                    }

                    data["size"] = Text.Number(size, signed: false);
                }
            });
        }
    }

    /// <summary>A read or a write by its function, in the contract's words.</summary>
    public static void AddTransfer(EventLayout layout, KernelView kernel, TracepointFormat? format) => layout.Decode((_, data) =>
    {
        if (data.Remove("count", out var count))
        {
            data["size"] = count;
        }

        data.Remove("buf");
        data.Remove("pos");
    });

    /// <summary>The names from a file up to its root, each with its zero, as a path.</summary>
    internal static string Join(ReadOnlySpan<byte> names)
    {
        var parts = new List<string>();
        while (names.IndexOf((byte)0) is >= 0 and var end)
        {
            parts.Add(Text.FromKernel(names[..end]));
            names = names[(end + 1)..];
        }

        var path = new StringBuilder();
        for (var i = parts.Count - 1; i >= 0; i--)
        {
            path.Append('/').Append(parts[i]);
        }

        return path.Length == 0 ? "/" : path.ToString();
    }

    /// <summary>What has no place in any tree is written as <c>/proc/PID/fd</c> shows it; null for what has one.</summary>
    internal static string? Placeless(string? fileSystem, string name, ulong inode) => fileSystem switch
    {
        "pipefs" => $"pipe:[{inode}]",
        "sockfs" => $"socket:[{inode}]",
        "anon_inodefs" => "anon_inode:" + name,
        _ => null,
    };

    private static bool TryAdd(EventLayout layout, Btf btf, string name, int offset, FetchKind kind, ReadOnlySpan<int> start, ReadOnlySpan<int> entry)
    {
        if (!layout.HasRoom(Wire.PathSize)
            || btf.OffsetOf("dentry", "d_inode") is not { } inode
            || btf.OffsetOf("dentry", "d_sb") is not { } super
            || btf.OffsetOf("inode", "i_ino") is not { } number)
        {
            return false;
        }

        var names = layout.Fetch(kind, offset, Wire.PathSize, start);
        var field = layout.Claim("path", name + "_path");
        var namesKey = EventKey.OfText(names, layout.Fetches[names], KeyNamesSize);
        if (!layout.HasRoom(sizeof(ulong)))
        {
            layout.KeySource(field, namesKey);
            layout.Decode((raw, data) => SetPath(raw, data, field, names, null));
            return true;
        }

        var inodeFetch = layout.Fetch(FetchKind.Bytes, offset, sizeof(ulong), [.. entry, inode, number]);
        var inodeField = layout.Claim("inode", name + "_inode");
        var (fileSystem, fileSystemFetch) = AddFileSystem(layout, btf, name, offset, [.. entry, super]);
        WireKeyPart[] placelessKey = fileSystem is null
            ? []
            : [EventKey.OfFetch(inodeFetch, layout.Fetches[inodeFetch], 0, sizeof(ulong)), EventKey.OfFetch(fileSystemFetch, layout.Fetches[fileSystemFetch], 0, FileSystemNameSize)];
        layout.KeySource(field, [namesKey, .. placelessKey]);
        layout.Decode((raw, data) =>
        {
            SetPath(raw, data, field, names, fileSystem);
            if (raw.TryFetched(inodeFetch, out var bytes))
            {
                var found = BitConverter.ToUInt64(bytes);
                data[inodeField] = Text.Number((long)found, signed: false);
                data[field] = Placeless((string?)(fileSystem is null ? null : data[fileSystem]), ((string?)data[field])?.TrimStart('/') ?? "", found) ?? data[field]?.DeepClone();
            }
        });
        return true;
    }

    // Through a super block to the type's name, and its device's number.
    private static (string? Field, int Fetch) AddFileSystem(EventLayout layout, Btf btf, string name, int offset, ReadOnlySpan<int> super)
    {
        if (btf.OffsetOf("super_block", "s_type") is not { } type
            || btf.OffsetOf("file_system_type", "name") is not { } text
            || btf.OffsetOf("super_block", "s_dev") is not { } number
            || !layout.HasRoom(FileSystemNameSize, fetches: 2))
        {
            return default;
        }

        var fileSystem = layout.Fetch(FetchKind.String, offset, FileSystemNameSize, [.. super, type, text, 0]);
        var device = layout.Fetch(FetchKind.Bytes, offset, sizeof(uint), [.. super, number]);
        var field = layout.Claim("filesystem", name + "_filesystem");
        var deviceField = layout.Claim("device", name + "_device");
        layout.Decode((raw, data) =>
        {
            data[field] = raw.TryFetched(fileSystem, out var bytes) ? Text.FromKernel(bytes) : null;
            data[deviceField] = raw.TryFetched(device, out bytes) ? Devices.Name(BitConverter.ToUInt32(bytes)) : null;
        });
        return (field, fileSystem);
    }

    private static void SetPath(RawEvent raw, JsonObject data, string field, int fetch, string? fileSystem)
    {
        var got = raw.FetchedCount(fetch);
        if (got < 0)
        {
            data[field] = null;
            data[field + "_unreadable"] = true;
            return;
        }

        var cut = (got & Wire.PathCut) != 0;
        var path = Join(raw.Room(fetch, Wire.PathSize)[..Math.Min(got & ~Wire.PathCut, Wire.PathSize)]);
        data[field] = cut ? "…" + path : path;
        if (cut)
        {
            data[field + "_truncated"] = true;
        }
    }
}
