using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Sonde.Kernel;
using Sonde.Kernel.Arch;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>
/// Decodes a system call from its entry's format: by its signature where it is well known, by the types that the format names
/// elsewhere. Strings and addresses are read from user memory, and read again at the exit where a page wasn't there yet.
/// </summary>
internal static class SyscallLayout
{
    private const int PathSize = 256;
    private const int OpenHowSize = 16;
    private const int NumberOffset = 8;
    private const int MessageNameLength = 8;

    // An internet address; what a unix socket's path may be longer than.
    private const int ReceivedAddressSize = 28;
    private const FetchFlags AtExit = FetchFlags.User | FetchFlags.Late;
    private const FetchFlags FromUser = FetchFlags.User | FetchFlags.Retry;

    /// <summary>The layout of one system call.</summary>
    /// <param name="eventType">The tracepoint that was asked for.</param>
    /// <param name="syscall">The call's name.</param>
    /// <param name="enter">The format of its entry.</param>
    public static EventLayout Build(string eventType, string syscall, TracepointFormat enter)
    {
        var layout = New(eventType, enter);
        if (syscall is "exit" or "exit_group")
        {
            // What never returns is complete as it begins.
            layout.DropEnd();
        }

        layout.KeyFields = ["destination", "filename", "address", "path", "fd", "error"];
        // Newer kernels add the strings that arguments point to, as dynamic fields: they are no arguments.
        var arguments = enter.Fields.Where(field => field.Offset > NumberOffset && field.DataLoc == DataLocKind.None).ToList();
        var signature = SyscallSignatures.Find(syscall);
        if (signature is null || signature.Count != arguments.Count)
        {
            foreach (var argument in arguments)
            {
                AddUnknown(layout, argument);
            }

            return layout;
        }

        for (var i = 0; i < arguments.Count; i++)
        {
            AddKnown(layout, signature[i], arguments[i].Offset, signature[i].LengthArgument is var length && length >= 0 ? arguments[length].Offset : Wire.NoOffset);
        }

        return layout;
    }

    /// <summary>The layout of the pair that all system calls go through: the call by name, its arguments as raw words.</summary>
    public static EventLayout BuildAll(string eventType, TracepointFormat enter)
    {
        var layout = New(eventType, enter, isAnyCall: true);
        layout.KeyFields = ["syscall"];
        layout.KeySource("syscall", NumberOffset, 8);
        layout.KeyByProcess = true;
        var arguments = enter.Field("args");
        layout.Decode((raw, data) =>
        {
            var number = (int)raw.Integer(NumberOffset, 8, signed: true);
            data["syscall"] = SyscallTable.Name(number) ?? $"syscall_{number}";
            if (arguments is null)
            {
                return;
            }

            var words = new JsonArray();
            for (var i = 0; i < arguments.Size / 8; i++)
            {
                words.Add((JsonNode)Text.Hex(raw.Word(arguments.Offset + i * 8)));
            }

            data["args"] = words;
        });
        return layout;
    }

    private static EventLayout New(string eventType, TracepointFormat enter, bool isAnyCall = false) => new(eventType, enter.RecordSize)
    {
        Paired = true,
        IsAnyCall = isAnyCall,
        ReturnBits = 64,
        ReturnDecoder = value => Text.Number(value, signed: true),
    };

    private static void AddKnown(EventLayout layout, SyscallArgument argument, int offset, int lengthOffset)
    {
        var name = argument.Name;
        if (argument.Kind is SyscallArgumentKind.Int or SyscallArgumentKind.Fd or SyscallArgumentKind.Pid)
        {
            layout.KeySource(name, offset, sizeof(int));
        }

        switch (argument.Kind)
        {
            case SyscallArgumentKind.Path when layout.HasRoom(PathSize):
                AddUserString(layout, name, offset);
                break;
            case SyscallArgumentKind.SockaddrIn when layout.HasRoom(SocketAddress.LargestSize):
                AddSocketAddress(layout, name, offset, lengthOffset);
                break;
            case SyscallArgumentKind.SockaddrOut when layout.HasRoom(ReceivedAddressSize, fetches: 2):
                AddReceivedAddress(
                    layout,
                    name,
                    layout.Fetch(FetchKind.Bytes, offset, ReceivedAddressSize, flags: AtExit),
                    layout.Fetch(FetchKind.Bytes, lengthOffset, sizeof(int), flags: AtExit));
                break;
            case SyscallArgumentKind.MessageOut when layout.HasRoom(ReceivedAddressSize, fetches: 2):
                layout.Decode((raw, data) => data[name] = Text.Hex(raw.Word(offset)));
                AddReceivedAddress(
                    layout,
                    "peer",
                    layout.Fetch(FetchKind.Bytes, offset, ReceivedAddressSize, [0, 0], AtExit),
                    layout.Fetch(FetchKind.Bytes, offset, sizeof(int), [MessageNameLength], AtExit));
                break;
            case SyscallArgumentKind.Argv when layout.HasRoom(Wire.ArgvCount * Wire.ArgvSize):
                AddArgv(layout, name, offset);
                break;
            case SyscallArgumentKind.OpenHow when layout.HasRoom(OpenHowSize):
                AddOpenHow(layout, offset);
                break;
            case SyscallArgumentKind.Int or SyscallArgumentKind.Fd or SyscallArgumentKind.Pid:
                layout.Decode((raw, data) => data[name] = (int)raw.Word(offset));
                break;
            case SyscallArgumentKind.UInt or SyscallArgumentKind.Size:
                layout.Decode((raw, data) => data[name] = Text.Number((long)raw.Word(offset), signed: false));
                break;
            default:
                if (Named(argument.Kind) is { } named)
                {
                    layout.Decode((raw, data) => data[name] = named(raw.Word(offset)));
                }
                else
                {
                    layout.Decode((raw, data) => data[name] = Text.Hex(raw.Word(offset)));
                }

                break;
        }
    }

    // Values that have names in C.
    private static Func<ulong, string>? Named(SyscallArgumentKind kind) => kind switch
    {
        SyscallArgumentKind.DirFd => word => (int)word == -100 ? "AT_FDCWD" : ((int)word).ToString(System.Globalization.CultureInfo.InvariantCulture),
        SyscallArgumentKind.OpenFlags => word => FlagNames.OpenFlags((int)word),
        SyscallArgumentKind.Mode => word => FlagNames.FileMode((int)word),
        SyscallArgumentKind.CloneFlags => word => FlagNames.CloneFlags(word),
        SyscallArgumentKind.SocketFamily => word => SocketAddress.FamilyName((int)word),
        SyscallArgumentKind.SocketType => word => FlagNames.SocketType((int)word),
        SyscallArgumentKind.AcceptFlags => word => FlagNames.AcceptFlags((int)word),
        SyscallArgumentKind.MessageFlags => word => FlagNames.MessageFlags((int)word),
        SyscallArgumentKind.Protection => word => FlagNames.Protection((int)word),
        SyscallArgumentKind.MmapFlags => word => FlagNames.MmapFlags((int)word),
        SyscallArgumentKind.AccessMode => word => FlagNames.AccessMode((int)word),
        SyscallArgumentKind.AtFlags => word => FlagNames.AtFlags((int)word),
        SyscallArgumentKind.AccessAtFlags => word => FlagNames.AccessAtFlags((int)word),
        SyscallArgumentKind.Signal => word => Signals.Name((int)word),
        _ => null,
    };

    // In a system call's format every pointer is the process's own, and `const char *` is text.
    private static void AddUnknown(EventLayout layout, TracepointField field)
    {
        var (name, offset) = (field.Name, field.Offset);
        if (field.TypeText.StartsWith("const char *", StringComparison.Ordinal) && layout.HasRoom(PathSize))
        {
            AddUserString(layout, name, offset);
        }
        else if (field.TypeText.Contains('*'))
        {
            layout.Decode((raw, data) => data[name] = Text.Hex(raw.Word(offset)));
        }
        else
        {
            var signed = !field.TypeText.Contains("unsigned", StringComparison.Ordinal) && field.TypeText is not ("size_t" or "umode_t" or "u32" or "u64");
            var size = field.TypeText is "int" or "unsigned int" or "u32" or "pid_t" or "uid_t" or "gid_t" or "key_t" or "clockid_t" or "umode_t" ? 4 : 8;
            layout.Decode((raw, data) => data[name] = Text.Number(raw.Integer(offset, size, signed), signed));
        }
    }

    private static void AddUserString(EventLayout layout, string name, int offset)
    {
        var fetch = layout.Fetch(FetchKind.String, offset, PathSize, flags: FromUser);
        layout.KeySource(name, fetch);
        layout.Decode((raw, data) => TracepointLayout.AddString(raw, data, name, fetch, PathSize));
    }

    private static void AddSocketAddress(EventLayout layout, string name, int offset, int lengthOffset)
    {
        var fetch = layout.Fetch(FetchKind.Bytes, offset, SocketAddress.LargestSize, flags: FromUser, lengthSource: lengthOffset);
        layout.KeySource(name, fetch);
        layout.Decode((raw, data) =>
        {
            // A call without an address (sendto on a connected socket) gives a null pointer: there is nothing to tell.
            if (raw.TryFetched(fetch, out var address))
            {
                data["family"] = SocketAddress.FamilyName(SocketAddress.Family(address));
                data[name] = SocketAddress.FromBytes(address);
            }
        });
    }

    // Written by the kernel, if the caller gave room for it and the peer has one: its length says so.
    private static void AddReceivedAddress(EventLayout layout, string name, int address, int length) => layout.Decode((raw, data) =>
    {
        if (raw.Returned && raw.Header.Ret >= 0
            && raw.TryFetched(length, out var size) && BinaryPrimitives.ReadInt32LittleEndian(size) is > 0 and <= ReceivedAddressSize and var written
            && raw.TryFetched(address, out var bytes) && SocketAddress.FromBytes(bytes[..written]) is { } text)
        {
            data["family"] = SocketAddress.FamilyName(SocketAddress.Family(bytes));
            data[name] = text;
        }
    });

    private static void AddArgv(EventLayout layout, string name, int offset)
    {
        // Not read again at the exit: by then a successful exec has replaced the memory.
        var fetch = layout.Fetch(FetchKind.Argv, offset, Wire.ArgvCount * Wire.ArgvSize, flags: FetchFlags.User);
        layout.Decode((raw, data) =>
        {
            var count = raw.FetchedCount(fetch);
            if (count < 0)
            {
                data[name] = null;
                return;
            }

            var room = raw.Room(fetch, Wire.ArgvCount * Wire.ArgvSize);
            var texts = new JsonArray();
            for (var i = 0; i < Math.Min(count, Wire.ArgvCount); i++)
            {
                var slot = room.Slice(i * Wire.ArgvSize, Wire.ArgvSize);
                var isReadable = slot[^1] == 0;
                texts.Add(isReadable ? (JsonNode)Text.FromKernel(slot) : null);
                if (!isReadable)
                {
                    data[name + "_unreadable"] = true;
                }
            }

            data[name] = texts;
            if (count > Wire.ArgvCount)
            {
                data[name + "_truncated"] = true;
            }
        });
    }

    private static void AddOpenHow(EventLayout layout, int offset)
    {
        var fetch = layout.Fetch(FetchKind.Bytes, offset, OpenHowSize, flags: FromUser);
        layout.Decode((raw, data) =>
        {
            if (raw.TryFetched(fetch, out var how))
            {
                data["flags"] = FlagNames.OpenFlags(BinaryPrimitives.ReadInt64LittleEndian(how));
                data["mode"] = FlagNames.FileMode(BinaryPrimitives.ReadInt64LittleEndian(how[8..]));
            }
        });
    }
}
