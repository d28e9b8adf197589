namespace Sonde.Kernel;

/// <summary>Types as C writes them.</summary>
internal sealed partial class Btf
{
    /// <summary>The type as C spells it: <c>struct sock *</c>, <c>const char *</c>, <c>int (*)(void *)</c>, <c>char[16]</c>.</summary>
    public string Format(int typeId) => Spell(typeId, "", 0);

    /// <param name="typeId">What to spell.</param>
    /// <param name="declarator">What C writes around the name: it grows from the inside out.</param>
    /// <param name="depth">How deep the chain is already.</param>
    private string Spell(int typeId, string declarator, int depth)
    {
        if (depth++ == MaxDepth)
        {
            return "?";
        }

        switch (KindOf(typeId))
        {
            case BtfKind.Pointer:
                var target = SkipTags(SizeOrTypeOf(typeId));
                var inner = KindOf(target) is BtfKind.Array or BtfKind.FunctionPrototype ? $"(*{declarator})" : $"*{declarator}";
                return Spell(target, inner, depth);

            case BtfKind.Array:
                var (element, count) = ArrayOf(typeId);
                return Spell(element, $"{declarator}[{count}]", depth);

            case BtfKind.FunctionPrototype:
                var level = depth;
                var parameters = string.Join(", ", ParametersOf(typeId).Select(p => Spell(p.TypeId, "", level)));
                return Spell(SizeOrTypeOf(typeId), $"{declarator}({(parameters.Length == 0 ? "void" : parameters)})", depth);

            case BtfKind.Function:
                return Spell(SizeOrTypeOf(typeId), NameOf(typeId) ?? "", depth);

            case BtfKind.TypeTag or BtfKind.DeclTag or BtfKind.Variable:
                return Spell(SizeOrTypeOf(typeId), declarator, depth);

            case BtfKind.Const:
                return Qualify("const");
            case BtfKind.Volatile:
                return Qualify("volatile");
            case BtfKind.Restrict:
                return Qualify("restrict");

            default:
                return Join(BaseName(typeId), declarator);
        }

        // A qualifier of a pointer stands behind its star, any other before the type.
        string Qualify(string word)
        {
            var qualified = SkipTags(SizeOrTypeOf(typeId));
            return IsQualifiedPointer(qualified)
                ? Spell(qualified, declarator.Length == 0 ? word : $"{word} {declarator}", depth)
                : $"{word} {Spell(qualified, declarator, depth)}";
        }
    }

    private bool IsQualifiedPointer(int typeId)
    {
        for (var depth = 0; depth < MaxDepth; depth++)
        {
            switch (KindOf(typeId))
            {
                case BtfKind.Pointer:
                    return true;
                case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                    typeId = SizeOrTypeOf(typeId);
                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    private int SkipTags(int typeId)
    {
        for (var depth = 0; depth < MaxDepth && KindOf(typeId) is BtfKind.TypeTag or BtfKind.DeclTag; depth++)
        {
            typeId = SizeOrTypeOf(typeId);
        }

        return typeId;
    }

    private string BaseName(int typeId)
    {
        var kind = KindOf(typeId);
        var keyword = kind switch
        {
            BtfKind.Struct => "struct",
            BtfKind.Union => "union",
            BtfKind.Enum or BtfKind.Enum64 => "enum",
            BtfKind.Forward => KindFlag(typeId) ? "union" : "struct",
            _ => null,
        };
        var name = kind == BtfKind.Void ? "void" : NameOf(typeId);
        return keyword is null ? name ?? "?" : $"{keyword} {name ?? "{...}"}";
    }

    private static string Join(string type, string declarator) =>
        declarator.Length == 0 || declarator[0] == '[' ? type + declarator : $"{type} {declarator}";
}
