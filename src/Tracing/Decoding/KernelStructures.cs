using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Sonde.Kernel;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>Well-known kernel structures behind a pointer argument. Only here does user space know what they mean; the kernel side copies bytes.</summary>
internal static class KernelStructures
{
    /// <summary>Adds what is known of a structure; false where nothing is, or where this kernel's layout can't be read.</summary>
    /// <param name="layout">The layout of the call.</param>
    /// <param name="btf">The kernel's types.</param>
    /// <param name="structure">Its name, without <c>struct</c>.</param>
    /// <param name="name">The argument's name.</param>
    /// <param name="offset">Where the pointer stands in data.</param>
    public static bool TryAdd(EventLayout layout, Btf btf, string? structure, string name, int offset) => structure switch
    {
        "sock" => TryAddSocket(layout, btf, offset, []),
        "socket" when btf.OffsetOf("socket", "sk") is { } sk => TryAddSocket(layout, btf, offset, [sk]),
        "sockaddr" => TryAddSocketAddress(layout, name, offset),
        "task_struct" => TryAddTask(layout, btf, name, offset),
        "filename" when btf.OffsetOf("filename", "name") is { } at => TryAddString(layout, name, offset, [at, 0]),
        "linux_binprm" when btf.OffsetOf("linux_binprm", "filename") is { } at => TryAddString(layout, "filename", offset, [at, 0]),
        "file" => Paths.TryAddFile(layout, btf, name, offset),
        "path" => Paths.TryAddPath(layout, btf, name, offset),
        "dentry" => Paths.TryAddEntry(layout, btf, name, offset),
        "inode" => Paths.TryAddInode(layout, btf, name, offset),
        "sk_buff" => Packets.TryAdd(layout, name, offset),
        "request" => BlockRequests.TryAddRequest(layout, btf, name, offset),
        "bio" => BlockRequests.TryAddBio(layout, btf, name, offset),
        "msghdr" => TryAddMessage(layout, btf, offset),
        _ => false,
    };

    /// <summary>The ends of a socket whose address stands in data, where the call's arguments don't name them.</summary>
    public static void AddSocketBehind(EventLayout layout, Btf btf, int offset) => TryAddSocket(layout, btf, offset, [], onlyMissing: true);

    private static bool TryAddSocket(EventLayout layout, Btf btf, int offset, ReadOnlySpan<int> path, bool onlyMissing = false)
    {
        if (btf.OffsetOf("sock_common", "skc_daddr") is not { } destination
            || btf.OffsetOf("sock_common", "skc_rcv_saddr") is not { } source
            || btf.OffsetOf("sock_common", "skc_dport") is not { } destinationPort
            || btf.OffsetOf("sock_common", "skc_num") is not { } sourcePort
            || btf.OffsetOf("sock_common", "skc_family") is not { } family
            || btf.OffsetOf("sock", "__sk_common") is not { } common)
        {
            return false;
        }

        // Kernels without IPv6 have neither of these.
        var destination6 = btf.OffsetOf("sock_common", "skc_v6_daddr");
        var source6 = btf.OffsetOf("sock_common", "skc_v6_rcv_saddr");
        var size = Math.Max(Math.Max(destinationPort + 2, sourcePort + 2), Math.Max(family + 2, Math.Max(destination6 ?? 0, source6 ?? 0) + 16));
        if (!layout.HasRoom(size))
        {
            return false;
        }

        var fetch = layout.Fetch(FetchKind.Bytes, offset, size, [.. path, common]);
        layout.KeySourceAlso("destination", Endpoint(destination, destination6, destinationPort), most: SocketAddress.LargestInternetSize);
        layout.KeySource("source", Endpoint(source, source6, sourcePort));
        layout.Decode((raw, data) =>
        {
            if (!raw.TryFetched(fetch, out var socket))
            {
                return;
            }

            var number = BinaryPrimitives.ReadUInt16LittleEndian(socket[family..]);
            var local = BinaryPrimitives.ReadUInt16LittleEndian(socket[sourcePort..]);
            var remote = BinaryPrimitives.ReadUInt16BigEndian(socket[destinationPort..]);
            data["family"] = SocketAddress.FamilyName(number);
            var named = onlyMissing && data.ContainsKey("destination");
            if (number == SocketAddress.AfInet)
            {
                SetEnds(data, socket.Slice(source, 4), local, named ? default : socket.Slice(destination, 4), remote);
            }
            else if (number == SocketAddress.AfInet6 && source6 is { } from && destination6 is { } to)
            {
                SetEnds(data, socket.Slice(from, 16), local, named ? default : socket.Slice(to, 16), remote);
            }
        });
        return true;

        WireKeyPart[] Endpoint(int address, int? address6, int port)
        {
            var made = layout.Fetches[fetch];
            var parts = new List<WireKeyPart> { EventKey.OfFetch(fetch, made, family, 2), EventKey.OfFetch(fetch, made, address, 4), EventKey.OfFetch(fetch, made, port, 2) };
            if (address6 is { } wide)
            {
                parts.Add(EventKey.OfFetch(fetch, made, wide, 16));
            }

            return [.. parts];
        }
    }

    // A socket that isn't bound yet has no source to tell, one that isn't connected no destination.
    private static void SetEnds(JsonObject data, ReadOnlySpan<byte> source, int sourcePort, ReadOnlySpan<byte> destination, int destinationPort)
    {
        if (sourcePort != 0)
        {
            data["source"] = SocketAddress.Endpoint(source, sourcePort);
        }

        if (!destination.IsEmpty && (destinationPort != 0 || destination.ContainsAnyExcept((byte)0)))
        {
            data["destination"] = SocketAddress.Endpoint(destination, destinationPort);
        }
    }

    private static bool TryAddSocketAddress(EventLayout layout, string name, int offset)
    {
        // Shorter than the longest address: what lies behind an AF_INET one may not be readable.
        if (!layout.HasRoom(SocketAddress.LargestInternetSize))
        {
            return false;
        }

        var fetch = layout.Fetch(FetchKind.Bytes, offset, SocketAddress.LargestInternetSize, flags: FetchFlags.Either);
        layout.KeySource(name, fetch);
        layout.Decode((raw, data) => data[name] = raw.TryFetched(fetch, out var bytes) ? SocketAddress.FromBytes(bytes) : null);
        return true;
    }

    // The kernel's own copy: whom the sender names, from whom it was received, and what is left to send or to receive.
    private static bool TryAddMessage(EventLayout layout, Btf btf, int offset)
    {
        if (btf.OffsetOf("msghdr", "msg_name") is not { } peer
            || btf.OffsetOf("msghdr", "msg_namelen") is not { } length
            || btf.OffsetOf("msghdr", "msg_iter.count") is not { } count
            || !layout.HasRoom(SocketAddress.LargestInternetSize, fetches: 3))
        {
            return false;
        }

        // Who receives leaves room there, which is filled when the call returns.
        var receives = layout.EventType.Contains("recv", StringComparison.Ordinal);
        var address = receives
            ? layout.Fetch(FetchKind.Bytes, offset, SocketAddress.LargestInternetSize, [peer, 0], FetchFlags.Late)
            : layout.Fetch(FetchKind.Bytes, offset, SocketAddress.LargestInternetSize, [peer, 0], lengthSource: layout.Fetches[layout.Fetch(FetchKind.Bytes, offset, sizeof(int), [length])].Out);
        if (!receives && !layout.EventType.StartsWith("tcp", StringComparison.Ordinal))
        {
            // What lies behind an address of its length would make a key of its own each time.
            layout.KeySourceAlso("destination", address);
        }

        var size = layout.Fetch(FetchKind.Bytes, offset, sizeof(ulong), [count]);
        layout.Decode((raw, data) =>
        {
            if (raw.TryFetched(address, out var bytes) && SocketAddress.FromBytes(bytes) is { } to)
            {
                data[receives ? "peer" : "destination"] = to;
            }

            data["size"] = raw.TryFetched(size, out bytes) ? Text.Number(BinaryPrimitives.ReadInt64LittleEndian(bytes), signed: false) : null;
        });
        return true;
    }

    private static bool TryAddTask(EventLayout layout, Btf btf, string name, int offset)
    {
        if (btf.OffsetOf("task_struct", "tgid") is not { } tgid || btf.OffsetOf("task_struct", "comm") is not { } comm
            || !layout.HasRoom(4 + Wire.Comm))
        {
            return false;
        }

        var id = layout.Fetch(FetchKind.Bytes, offset, 4, [tgid]);
        var text = layout.Fetch(FetchKind.Bytes, offset, Wire.Comm, [comm]);
        layout.Decode((raw, data) =>
        {
            data[name + "_process_id"] = raw.TryFetched(id, out var bytes) ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : null;
            data[name + "_process_name"] = raw.TryFetched(text, out bytes) ? Text.FromKernel(bytes) : null;
        });
        return true;
    }

    private static bool TryAddString(EventLayout layout, string name, int offset, ReadOnlySpan<int> offsets)
    {
        const int Size = 256;
        if (!layout.HasRoom(Size))
        {
            return false;
        }

        var fetch = layout.Fetch(FetchKind.String, offset, Size, offsets);
        layout.KeySource(name, fetch);
        layout.Decode((raw, data) => TracepointLayout.AddString(raw, data, name, fetch, Size));
        return true;
    }
}
