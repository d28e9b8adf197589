using Sonde.Kernel;

namespace Sonde.Tracing.Decoding;

/// <summary>Kernel memory: pages by their order, objects by who allocated them.</summary>
internal static class MemoryPages
{
    private const long PageSize = 4096;

    /// <summary>Bytes from the order, of a function or a tracepoint, and the flags under the contract's name.</summary>
    public static void AddBytes(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        layout.KeyFields = ["order"];
        layout.Decode((_, data) =>
        {
            foreach (var name in (string[])["gfp", "gfp_mask"])
            {
                if (data.Remove(name, out var flags))
                {
                    data["gfp_flags"] = flags;
                }
            }

            if (data["order"] is { } order && order.GetValueKind() == System.Text.Json.JsonValueKind.Number && long.TryParse(order.ToString(), out var exponent) && exponent is >= 0 and < 32)
            {
                data["bytes"] = PageSize << (int)exponent;
            }
        });
    }

    /// <summary>Code addresses as <c>symbol+0xoffset</c>; as numbers where the kernel's symbols can't be read.</summary>
    public static void AddCallSite(EventLayout layout, KernelView kernel, TracepointFormat? format) => AddSymbol(layout, format, "call_site");

    /// <inheritdoc cref="AddCallSite"/>
    public static void AddLocation(EventLayout layout, KernelView kernel, TracepointFormat? format) => AddSymbol(layout, format, "location");

    private static void AddSymbol(EventLayout layout, TracepointFormat? format, string field)
    {
        if (format?.Field(field) is not { } at)
        {
            return;
        }

        layout.KeyFields = field == "location" ? ["reason", field] : [field];
        layout.Decode((raw, data) => data[field] = Symbol(raw.Word(at.Offset)));
    }

    private static string Symbol(ulong address) =>
        Kallsyms.Current.Resolve(address) is var (symbol, offset) ? offset == 0 ? symbol : $"{symbol}+0x{offset:x}" : Text.Hex(address);
}
