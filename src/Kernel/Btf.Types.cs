using System.Buffers.Binary;
using System.Text;

namespace Sonde.Kernel;

/// <summary>Looking up types and what they are.</summary>
internal sealed partial class Btf
{
    /// <summary>As deep as the kernel itself follows a chain of types (<c>MAX_RESOLVE_DEPTH</c>): broken data can't loop.</summary>
    private const int MaxDepth = 32;

    private const int PointerSize = 8;

    /// <summary>The first type with this name and kind, or 0. A module's own types come before the kernel's.</summary>
    public int FindType(string name, BtfKind kind)
    {
        var wanted = FindString(Encoding.UTF8.GetBytes(name));
        if (wanted < 0)
        {
            return 0;
        }

        for (var btf = this; btf is not null; btf = btf._parent)
        {
            if (btf.FindOwn(wanted, kind) is var id and not 0)
            {
                return id;
            }
        }

        return 0;
    }

    /// <summary>The function with this name, or null when BTF has none (it may still be in kallsyms).</summary>
    public BtfFunction? FindFunction(string name)
    {
        var id = FindType(name, BtfKind.Function);
        return id == 0 ? null : FunctionOf(id);
    }

    /// <summary>Names of all functions, for a module only its own, in the order of their ids; a name may repeat.</summary>
    public IEnumerable<string> FunctionNames()
    {
        foreach (var id in _functionIds)
        {
            yield return TextAt(ReadInt32(_offsets[id - _firstId]));
        }
    }

    /// <summary>Follows typedefs, qualifiers and tags to the type behind them; 0 is void.</summary>
    public int Resolve(int typeId)
    {
        for (var depth = 0; depth < MaxDepth; depth++)
        {
            switch (KindOf(typeId))
            {
                case BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag or BtfKind.DeclTag:
                    typeId = SizeOrTypeOf(typeId);
                    break;
                default:
                    return typeId;
            }
        }

        return 0;
    }

    /// <summary>The type's own kind, not that of what it resolves to; void for ids that don't exist.</summary>
    public BtfKind KindOf(int typeId) => KindIn(InfoOf(typeId));

    /// <summary>The type's own name; null for unnamed ones.</summary>
    public string? NameOf(int typeId)
    {
        if (!TryFind(typeId, out var owner, out var at))
        {
            return null;
        }

        var name = StringAt(owner.ReadInt32(at));
        return name.IsEmpty ? null : Encoding.UTF8.GetString(name);
    }

    /// <summary>Bytes a value takes; 0 for void, functions and types that are only declared.</summary>
    public int SizeOf(int typeId)
    {
        long count = 1;
        for (var depth = 0; depth < MaxDepth; depth++)
        {
            typeId = Resolve(typeId);
            switch (KindOf(typeId))
            {
                case BtfKind.Array:
                    var (element, length) = ArrayOf(typeId);
                    count *= length;
                    typeId = element;
                    break;
                case BtfKind.Variable:
                    typeId = SizeOrTypeOf(typeId);
                    break;
                case BtfKind.Pointer:
                    return Saturate(count * PointerSize);
                case BtfKind.Int or BtfKind.Float or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Struct or BtfKind.Union or BtfKind.DataSection:
                    return Saturate(count * SizeOrTypeOf(typeId));
                default:
                    return 0;
            }
        }

        return 0;

        static int Saturate(long size) => (int)Math.Clamp(size, 0, int.MaxValue);
    }

    /// <summary>What a pointer points to, qualifiers kept; 0 when it is no pointer, and for <c>void *</c>.</summary>
    public int PointeeOf(int typeId) => Resolve(typeId) is var id && KindOf(id) == BtfKind.Pointer ? SizeOrTypeOf(id) : 0;

    /// <summary>Whether the type behind modifiers is a pointer.</summary>
    public bool IsPointer(int typeId) => KindOf(Resolve(typeId)) == BtfKind.Pointer;

    /// <summary>Whether an integer or enumeration is signed.</summary>
    public bool IsSigned(int typeId)
    {
        var id = Resolve(typeId);
        return KindOf(id) switch
        {
            BtfKind.Int => (EncodingOf(id) & 1) != 0,
            BtfKind.Enum or BtfKind.Enum64 => KindFlag(id),
            _ => false,
        };
    }

    /// <summary>Whether it is <c>bool</c>.</summary>
    public bool IsBool(int typeId)
    {
        var id = Resolve(typeId);
        return KindOf(id) == BtfKind.Int && (EncodingOf(id) & 4) != 0;
    }

    /// <summary>Whether it is <c>char</c>, of which strings are made; <c>signed char</c> and <c>unsigned char</c> are small numbers.</summary>
    public bool IsChar(int typeId)
    {
        // Compilers don't set the encoding's CHAR bit: the name is what tells.
        var id = Resolve(typeId);
        return KindOf(id) == BtfKind.Int && SizeOrTypeOf(id) == 1 && ((EncodingOf(id) & 2) != 0 || NameOf(id) == "char");
    }

    /// <summary>Element type and count of an array; zeros when it is none.</summary>
    public (int ElementType, int Count) ArrayOf(int typeId)
    {
        var id = Resolve(typeId);
        return KindOf(id) == BtfKind.Array && TryFind(id, out var owner, out var at)
            ? (owner.ReadInt32(at + TypeSize), owner.ReadInt32(at + TypeSize + 8))
            : (0, 0);
    }

    /// <summary>The enumerator with this value, or null.</summary>
    public string? EnumName(int typeId, long value)
    {
        foreach (var (nameOffset, each) in Enumerators(Resolve(typeId)))
        {
            if (each == value)
            {
                return TextAt(nameOffset);
            }
        }

        return null;
    }

    /// <summary>The value of an enumerator by its name, whatever its enumeration; null when there is none.</summary>
    public long? EnumeratorValue(string name)
    {
        var wanted = FindString(Encoding.UTF8.GetBytes(name));
        for (var id = 1; wanted >= 0 && id < Count; id++)
        {
            if (KindOf(id) is not (BtfKind.Enum or BtfKind.Enum64))
            {
                continue;
            }

            foreach (var (nameOffset, value) in Enumerators(id))
            {
                if (nameOffset == wanted)
                {
                    return value;
                }
            }
        }

        return null;
    }

    private int FindOwn(int nameOffset, BtfKind kind)
    {
        if (kind == BtfKind.Function)
        {
            foreach (var id in _functionIds)
            {
                if (ReadInt32(_offsets[id - _firstId]) == nameOffset)
                {
                    return id;
                }
            }

            return 0;
        }

        for (var i = 0; i < _offsets.Length; i++)
        {
            if (ReadInt32(_offsets[i]) == nameOffset && KindIn(ReadUInt32(_offsets[i] + 4)) == kind)
            {
                return _firstId + i;
            }
        }

        return 0;
    }

    private BtfFunction? FunctionOf(int functionId)
    {
        var prototype = SizeOrTypeOf(functionId);
        return TryFind(prototype, out _, out _) && KindOf(prototype) == BtfKind.FunctionPrototype
            ? new BtfFunction(NameOf(functionId) ?? "", functionId, ParametersOf(prototype), SizeOrTypeOf(prototype))
            : null;
    }

    private List<BtfParameter> ParametersOf(int prototypeId)
    {
        var parameters = new List<BtfParameter>();
        if (TryFind(prototypeId, out var owner, out var at))
        {
            var count = LengthIn(owner.ReadUInt32(at + 4));
            for (var i = 0; i < count; i++)
            {
                var entry = at + TypeSize + (i * 8);
                var (name, type) = (owner.ReadInt32(entry), owner.ReadInt32(entry + 4));

                // A last parameter without name and type stands for "...".
                if (name != 0 || type != 0)
                {
                    parameters.Add(new BtfParameter(TextAt(name), type));
                }
            }
        }

        return parameters;
    }

    private IEnumerable<(int NameOffset, long Value)> Enumerators(int typeId)
    {
        if (!TryFind(typeId, out var owner, out var at))
        {
            yield break;
        }

        var info = owner.ReadUInt32(at + 4);
        var signed = info >> 31 != 0;
        var kind = KindIn(info);
        if (kind is not (BtfKind.Enum or BtfKind.Enum64))
        {
            yield break;
        }

        var width = kind == BtfKind.Enum ? 8 : 12;
        for (var i = 0; i < LengthIn(info); i++)
        {
            var entry = at + TypeSize + (i * width);
            yield return (owner.ReadInt32(entry), kind == BtfKind.Enum64
                ? BinaryPrimitives.ReadInt64LittleEndian(owner.Data.Slice(entry + 4, 8))
                : signed ? owner.ReadInt32(entry + 4) : owner.ReadUInt32(entry + 4));
        }
    }

    private bool KindFlag(int typeId) => InfoOf(typeId) >> 31 != 0;

    private uint IntWord(int typeId) => TryFind(typeId, out var owner, out var at) ? owner.ReadUInt32(at + TypeSize) : 0;

    private int EncodingOf(int intTypeId) => (int)(IntWord(intTypeId) >> 24) & 0xF;
}
