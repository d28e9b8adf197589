using System.Text.Json.Nodes;
using Sonde.Kernel;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>Requests to block devices: to which, for what, and how long they took.</summary>
internal static class BlockRequests
{
    // REQ_OP_MASK and enum req_op of include/linux/blk_types.h.
    private const uint OperationMask = 0xff;

    private static readonly Dictionary<uint, string> Operations = new()
    {
        [0] = "read",
        [1] = "write",
        [2] = "flush",
        [3] = "discard",
        [5] = "secure_erase",
        [9] = "write_zeroes",
    };

    /// <summary>A request that is issued is completed by its device and first sector.</summary>
    public static void AddCompletion(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        AddNames(layout, kernel, format);
        if (kernel.Tracefs?.ReadFormat("block", "block_rq_complete") is not { } complete
            || format?.Field("dev") is not { } device
            || format.Field("sector") is not { } sector
            || complete.Field("dev") is not { } completedDevice
            || complete.Field("sector") is not { } completedSector)
        {
            return;
        }

        // The kernel's own names for the result's field: `errors` until 5.16.
        layout.CompleteBy(new Completion("block/block_rq_complete", complete, [device, sector], [completedDevice, completedSector])
        {
            Result = complete.Field("error") ?? complete.Field("errors"),
        });
        layout.Decode((raw, data) =>
        {
            if (raw.Returned && raw.Header.Ret < 0)
            {
                data["error"] = Errno.Name((int)-raw.Header.Ret);
            }
        });
    }

    /// <summary>The device by name and the operation in words, of any event of a block device.</summary>
    public static void AddNames(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        var device = format?.Field("dev");
        if (device is not null)
        {
            layout.KeyFields = ["device"];
            layout.KeySource("device", device.Offset, device.Size);
        }

        layout.Decode((raw, data) =>
        {
            if (device is not null && data.Remove("dev"))
            {
                data["device"] = Devices.Name((uint)raw.Integer(device.Offset, device.Size, signed: false));
            }

            if ((string?)data["rwbs"] is { Length: > 0 } letters)
            {
                data["operation"] = Operation(letters);
            }

            if (data["errors"] is { } errors)
            {
                data.Remove("errors");
                data["error"] = errors.DeepClone();
            }

            if (data["error"] is JsonValue value && value.TryGetValue(out long error))
            {
                data["error"] = error == 0 ? null : Errno.Name((int)Math.Abs(error));
            }

            if ((string?)data["cmd"] == "")
            {
                data.Remove("cmd");
            }
        });
    }

    /// <summary>A <c>struct request *</c>.</summary>
    public static bool TryAddRequest(EventLayout layout, Btf btf, string name, int offset)
    {
        int[]? disk = btf.OffsetOf("request", "rq_disk") is { } direct ? [direct]
            : btf.OffsetOf("request", "q") is { } queue && btf.OffsetOf("request_queue", "disk") is { } ofQueue ? [queue, ofQueue]
            : null;
        return disk is not null
            && btf.OffsetOf("gendisk", "major") is { } major
            && btf.OffsetOf("gendisk", "first_minor") is { } minor
            && btf.OffsetOf("request", "__sector") is { } sector
            && btf.OffsetOf("request", "__data_len") is { } bytes
            && btf.OffsetOf("request", "cmd_flags") is { } flags
            && TryAdd(layout, offset, [.. disk, major], [.. disk, minor], [sector], [bytes], [flags]);
    }

    /// <summary>A <c>struct bio *</c>; kernels up to 5.11 name the disk, newer ones the device.</summary>
    public static bool TryAddBio(EventLayout layout, Btf btf, string name, int offset)
    {
        if (btf.OffsetOf("bio", "bi_iter.bi_sector") is not { } sector
            || btf.OffsetOf("bio", "bi_iter.bi_size") is not { } bytes
            || btf.OffsetOf("bio", "bi_opf") is not { } flags)
        {
            return false;
        }

        return btf.OffsetOf("bio", "bi_bdev") is { } device && btf.OffsetOf("block_device", "bd_dev") is { } number
            ? TryAdd(layout, offset, [device, number], [], [sector], [bytes], [flags])
            : btf.OffsetOf("bio", "bi_disk") is { } disk && btf.OffsetOf("gendisk", "major") is { } major && btf.OffsetOf("gendisk", "first_minor") is { } minor
            && TryAdd(layout, offset, [disk, major], [disk, minor], [sector], [bytes], [flags]);
    }

    /// <summary>The operation behind the letters of <c>blk_fill_rwbs</c> (kernel/trace/blktrace.c).</summary>
    internal static string Operation(string letters)
    {
        // A flush may stand before the write that it belongs to.
        foreach (var letter in letters)
        {
            switch (letter)
            {
                case 'R':
                    return "read";
                case 'W':
                    return "write";
                case 'D':
                    return letters.Contains('E') ? "secure_erase" : "discard";
                case 'N':
                    return "none";
                default:
                    break;
            }
        }

        return letters.Contains('F') ? "flush" : letters;
    }

    private static bool TryAdd(EventLayout layout, int offset, int[] major, int[] minor, int[] sector, int[] bytes, int[] flags)
    {
        if (!layout.HasRoom(sizeof(ulong), fetches: 5))
        {
            return false;
        }

        var first = layout.Fetch(FetchKind.Bytes, offset, sizeof(uint), major);
        var second = minor.Length == 0 ? -1 : layout.Fetch(FetchKind.Bytes, offset, sizeof(uint), minor);
        var at = layout.Fetch(FetchKind.Bytes, offset, sizeof(ulong), sector);
        var size = layout.Fetch(FetchKind.Bytes, offset, sizeof(uint), bytes);
        var operation = layout.Fetch(FetchKind.Bytes, offset, sizeof(uint), flags);
        layout.KeySource("device", [.. ((int[])[first, second]).Where(static fetch => fetch >= 0).Select(fetch => EventKey.OfFetch(fetch, layout.Fetches[fetch], 0, sizeof(uint)))]);
        layout.Decode((raw, data) =>
        {
            var number = raw.TryFetched(first, out var got) ? BitConverter.ToUInt32(got) : 0;
            number = second >= 0 && raw.TryFetched(second, out got) ? (number << 20) | BitConverter.ToUInt32(got) : number;
            data["device"] = Devices.Name(number);
            data["sector"] = raw.TryFetched(at, out got) ? Text.Number(BitConverter.ToInt64(got), signed: false) : null;
            data["bytes"] = raw.TryFetched(size, out got) ? BitConverter.ToUInt32(got) : null;
            if (raw.TryFetched(operation, out got))
            {
                var code = BitConverter.ToUInt32(got) & OperationMask;
                data["operation"] = Operations.GetValueOrDefault(code) ?? $"operation_{code}";
            }
        });
        return true;
    }
}
