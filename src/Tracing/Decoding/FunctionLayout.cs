using System.Text.Json.Nodes;
using Sonde.Kernel;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>Decodes the arguments and the return value of any kernel function from the kernel's own type information.</summary>
internal static class FunctionLayout
{
    /// <summary>Arguments that travel in registers.</summary>
    private const int RegisterWords = 6;

    private const int WordSize = 8;
    private const int StringSize = 256;

    /// <summary>The layout of one function's calls.</summary>
    /// <param name="btf">The kernel's types.</param>
    /// <param name="function">The function.</param>
    /// <param name="returns">Whether the return is wanted: then calls are paired with it.</param>
    /// <param name="allocationFlags">Names of the values of <c>gfp_t</c>.</param>
    /// <param name="allWords">Whether all register words are kept, so that functions with the same fetches can share a program.</param>
    public static EventLayout Build(Btf btf, BtfFunction function, bool returns, NameTable? allocationFlags = null, bool allWords = false)
    {
        var words = function.Parameters.Sum(parameter => Words(btf, parameter.TypeId));
        var layout = new EventLayout(function.Name, (allWords ? RegisterWords : Math.Min(words, RegisterWords)) * WordSize)
        {
            Paired = returns,
            ReturnIndex = words,
            KeyFields = ["destination", "filename", "path", "device", "name", "error"],
        };

        if (allWords)
        {
            layout.ArgumentMask = (1u << RegisterWords) - 1;
        }

        var word = 0;
        for (var i = 0; i < function.Parameters.Count; i++)
        {
            var (name, type) = function.Parameters[i];
            var size = Words(btf, type);
            if (word + size > RegisterWords)
            {
                layout.Note($"{Name(name, i)} and what follows are not fetched: they travel on the stack");
                break;
            }

            if (size == 1 && btf.KindOf(btf.Resolve(type)) is not (BtfKind.Struct or BtfKind.Union))
            {
                layout.ArgumentMask |= 1u << word;
                AddArgument(layout, btf, Name(name, i), type, word * WordSize, allocationFlags);
            }
            else
            {
                layout.Note($"{Name(name, i)} is not fetched: a structure by value");
            }

            word += size;
        }

        if (returns)
        {
            AddReturn(layout, btf, function.ReturnTypeId);
        }

        return layout;
    }

    /// <summary>Without type information: six raw argument words, and the raw return value.</summary>
    public static EventLayout BuildRaw(string function, bool returns)
    {
        var layout = new EventLayout(function, RegisterWords * WordSize)
        {
            ArgumentMask = (1u << RegisterWords) - 1,
            Paired = returns,
            ReturnBits = returns ? 64 : 0,
            ReturnIndex = RegisterWords + 1,
            ReturnDecoder = value => Text.Number(value, signed: true),
        };
        for (var i = 0; i < RegisterWords; i++)
        {
            var (name, offset) = ($"arg{i}", i * WordSize);
            layout.Decode((raw, data) => data[name] = Text.Hex(raw.Word(offset)));
        }

        return layout;
    }

    /// <summary>Whether a trampoline's exit program can find the return value: it stands behind the argument words.</summary>
    public static bool FitsTrampoline(EventLayout layout) => layout.ReturnIndex <= RegisterWords;

    private static string Name(string? name, int index) => string.IsNullOrEmpty(name) ? $"arg{index}" : name;

    // A structure of up to 16 bytes travels in one or two registers, a larger one on the stack: then nothing behind it is sure either.
    private static int Words(Btf btf, int type)
    {
        var words = Math.Max(1, (btf.SizeOf(type) + WordSize - 1) / WordSize);
        return words <= 2 ? words : RegisterWords + 1;
    }

    private static void AddArgument(EventLayout layout, Btf btf, string name, int type, int offset, NameTable? allocationFlags)
    {
        if (allocationFlags is not null && btf.KindOf(type) == BtfKind.Typedef && btf.NameOf(type) == "gfp_t")
        {
            layout.Decode((raw, data) => data[name] = allocationFlags.Decode(raw.Integer(offset, sizeof(uint), signed: false)));
            return;
        }

        var resolved = btf.Resolve(type);
        if (btf.IsPointer(resolved))
        {
            AddPointer(layout, btf, name, btf.Resolve(btf.PointeeOf(resolved)), offset);
            return;
        }

        if (btf.IsBool(resolved))
        {
            layout.KeySource(name, offset, 1);
            layout.Decode((raw, data) => data[name] = raw.Data[offset] != 0);
            return;
        }

        var size = btf.SizeOf(resolved) is var bytes && bytes is 1 or 2 or 4 ? bytes : WordSize;
        layout.KeySource(name, offset, size);
        if (btf.KindOf(resolved) is BtfKind.Enum or BtfKind.Enum64)
        {
            layout.Decode((raw, data) => data[name] = EnumText(btf, resolved, raw.Integer(offset, size, signed: true)));
            return;
        }

        var signed = btf.IsSigned(resolved);
        layout.Decode((raw, data) => data[name] = Text.Number(raw.Integer(offset, size, signed), signed));
    }

    private static void AddPointer(EventLayout layout, Btf btf, string name, int pointee, int offset)
    {
        if (btf.IsChar(pointee) && layout.HasRoom(StringSize))
        {
            var fetch = layout.Fetch(FetchKind.String, offset, StringSize, flags: FetchFlags.Either | FetchFlags.Retry);
            layout.KeySource(name, fetch);
            layout.Decode((raw, data) => TracepointLayout.AddString(raw, data, name, fetch, StringSize));
        }
        else if (btf.KindOf(pointee) != BtfKind.Struct || !KernelStructures.TryAdd(layout, btf, btf.NameOf(pointee), name, offset))
        {
            layout.Decode((raw, data) => data[name] = Text.Hex(raw.Word(offset)));
        }
    }

    private static void AddReturn(EventLayout layout, Btf btf, int type)
    {
        var resolved = type == 0 ? 0 : btf.Resolve(type);
        if (resolved == 0)
        {
            return;
        }

        layout.ReturnBits = btf.SizeOf(resolved) * 8;
        if (btf.IsPointer(resolved))
        {
            layout.ReturnBits = 64;
            layout.ReturnDecoder = value => Text.Hex((ulong)value);
        }
        else if (btf.IsBool(resolved))
        {
            layout.ReturnDecoder = value => (value & 1) != 0;
        }
        else if (btf.KindOf(resolved) is BtfKind.Enum or BtfKind.Enum64)
        {
            layout.ReturnDecoder = value => EnumText(btf, resolved, value);
        }
        else
        {
            var signed = btf.IsSigned(resolved);
            var mask = layout.ReturnBits >= 64 ? ulong.MaxValue : (1ul << layout.ReturnBits) - 1;
            layout.ReturnDecoder = value => Text.Number(signed ? value : (long)((ulong)value & mask), signed);
        }
    }

    private static JsonNode EnumText(Btf btf, int type, long value) =>
        btf.EnumName(type, value) is { } name ? JsonValue.Create(name) : Text.Number(value, signed: true);
}
