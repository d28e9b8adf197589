namespace Sonde.Kernel;

/// <summary>Kinds of BTF types, numbered as in the kernel's <c>include/uapi/linux/btf.h</c>.</summary>
internal enum BtfKind
{
    Void = 0,
    Int = 1,
    Pointer = 2,
    Array = 3,
    Struct = 4,
    Union = 5,
    Enum = 6,
    Forward = 7,
    Typedef = 8,
    Volatile = 9,
    Const = 10,
    Restrict = 11,
    Function = 12,
    FunctionPrototype = 13,
    Variable = 14,
    DataSection = 15,
    Float = 16,
    DeclTag = 17,
    TypeTag = 18,
    Enum64 = 19,
}

/// <summary>A kernel function as BTF describes it.</summary>
/// <param name="Name">As in kallsyms.</param>
/// <param name="TypeId">The function's own type, which fentry and fexit programs name as their target.</param>
/// <param name="Parameters">In order; a variadic tail is left out.</param>
/// <param name="ReturnTypeId">0 for void.</param>
internal sealed record BtfFunction(string Name, int TypeId, IReadOnlyList<BtfParameter> Parameters, int ReturnTypeId);

/// <summary>One parameter of a function; the name is empty where the kernel's source gives none.</summary>
internal readonly record struct BtfParameter(string Name, int TypeId);

/// <summary>Where a member lies in the structure that was asked.</summary>
/// <param name="Name">Null for an unnamed structure or union.</param>
/// <param name="BitOffset">From the start of the structure that was asked, not of the one that holds the member.</param>
/// <param name="BitSize">0 unless it is a bit field.</param>
/// <param name="TypeId">The member's type, modifiers and typedefs included.</param>
internal readonly record struct BtfMember(string? Name, int BitOffset, int BitSize, int TypeId)
{
    /// <summary>The byte that holds the first bit.</summary>
    public int ByteOffset => BitOffset / 8;
}
