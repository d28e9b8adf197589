using System.Buffers.Binary;
using System.Text;
using Sonde.Interop;

namespace Sonde.Kernel;

/// <summary>
/// The kernel's own type information, read in place: loading costs one pass that notes where each type begins, and
/// everything else is looked at when asked for. Safe for concurrent readers. Format: the kernel's
/// <c>Documentation/bpf/btf.rst</c>.
/// </summary>
internal sealed partial class Btf
{
    private const string KernelPath = "/sys/kernel/btf/vmlinux";
    private const ushort Magic = 0xEB9F;
    private const int HeaderSize = 24;
    private const int TypeSize = 12;

    // The kernel's own copy is mapped where the kernel lets it be (6.16 and later): nothing is copied, and none of it is this process's memory.
    private readonly byte[]? _bytes;
    private readonly MappedMemory? _mapped;
    private readonly int _typesStart;
    private readonly int _stringsStart;
    private readonly int _stringsLength;

    /// <summary>Where each own type begins in <see cref="Data"/>; the first has the id <see cref="_firstId"/>.</summary>
    private readonly int[] _offsets;
    private readonly int[] _functionIds;
    private readonly int _firstId;
    private readonly int _firstString;
    private readonly Btf? _parent;

    private Btf(byte[]? bytes, MappedMemory? mapped, Btf? parent)
    {
        _bytes = bytes;
        _mapped = mapped;
        _parent = parent;
        _firstId = parent?.Count ?? 1;
        _firstString = parent is null ? 0 : parent._firstString + parent._stringsLength;

        if (Data.Length < HeaderSize || BinaryPrimitives.ReadUInt16LittleEndian(Data) != Magic)
        {
            throw new InvalidDataException("not BTF of this machine's byte order: its magic number is missing");
        }

        long header = ReadUInt32(4);
        var typesEnd = Section(header, ReadUInt32(8), ReadUInt32(12), out _typesStart);
        _stringsLength = Section(header, ReadUInt32(16), ReadUInt32(20), out _stringsStart) - _stringsStart;
        _offsets = Index(typesEnd, out _functionIds);
    }

    /// <summary>One more than the largest type id.</summary>
    public int Count => _firstId + _offsets.Length;

    /// <summary>Reads the running kernel's types.</summary>
    /// <param name="reason">Why there are none, when the result is null.</param>
    public static Btf? TryLoadKernel(out string? reason)
    {
        try
        {
            reason = null;
            return MapKernel() is { } mapped ? new Btf(null, mapped, null) : Parse(File.ReadAllBytes(KernelPath));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            reason = $"{KernelPath} does not exist: the kernel was built without CONFIG_DEBUG_INFO_BTF, or /sys is not mounted";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            reason = $"cannot read {KernelPath}: {e.Message}";
        }

        return null;
    }

    /// <summary>Reads a module's types (<c>/sys/kernel/btf/MODULE</c>), which build on the kernel's.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="InvalidDataException">It isn't BTF.</exception>
    public static Btf LoadModule(string path, Btf baseBtf) => Parse(File.ReadAllBytes(path), baseBtf);

    /// <summary>Reads BTF from memory.</summary>
    /// <param name="data">Kept, not copied.</param>
    /// <param name="baseBtf">What split BTF builds on.</param>
    /// <exception cref="InvalidDataException">It isn't BTF.</exception>
    public static Btf Parse(byte[] data, Btf? baseBtf = null) => new(data, null, baseBtf);

    private ReadOnlySpan<byte> Data => _mapped is null ? _bytes : _mapped.Span;

    private static MappedMemory? MapKernel()
    {
        using var file = File.OpenHandle(KernelPath);
        return MappedMemory.MapForReading((int)file.DangerousGetHandle(), (nuint)RandomAccess.GetLength(file), out _);
    }

    private int Section(long header, uint offset, uint length, out int start)
    {
        var begin = header + offset;
        if (begin + length > Data.Length)
        {
            throw new InvalidDataException("BTF is cut short: a section ends beyond the data");
        }

        start = (int)begin;
        return (int)(begin + length);
    }

    private int[] Index(int end, out int[] functions)
    {
        // About 20 bytes a type in practice: one growth at most.
        var found = new List<int>((end - _typesStart) / 20);
        var ids = new List<int>();
        var at = _typesStart;
        var data = Data;
        while (at < end)
        {
            if (end - at < TypeSize)
            {
                throw new InvalidDataException("BTF is cut short inside a type");
            }

            var info = BinaryPrimitives.ReadUInt32LittleEndian(data[(at + 4)..]);
            if (KindIn(info) == BtfKind.Function)
            {
                ids.Add(_firstId + found.Count);
            }

            found.Add(at);
            at += TypeSize + TrailerSize(info);
        }

        if (at != end)
        {
            throw new InvalidDataException("BTF is cut short inside a type");
        }

        functions = [.. ids];
        return [.. found];
    }

    private static int TrailerSize(uint info) => KindIn(info) switch
    {
        BtfKind.Int or BtfKind.Variable or BtfKind.DeclTag => 4,
        BtfKind.Array => 12,
        BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Enum64 => LengthIn(info) * 12,
        BtfKind.Enum or BtfKind.FunctionPrototype => LengthIn(info) * 8,
        BtfKind.Pointer or BtfKind.Forward or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict
            or BtfKind.Function or BtfKind.Float or BtfKind.TypeTag => 0,
        var unknown => throw new InvalidDataException($"BTF has a type of the unknown kind {(int)unknown}: its size can't be known"),
    };

    private static BtfKind KindIn(uint info) => (BtfKind)((info >> 24) & 0x1F);

    private static int LengthIn(uint info) => (int)(info & 0xFFFF);

    private uint ReadUInt32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(Data.Slice(at, 4));

    private int ReadInt32(int at) => BinaryPrimitives.ReadInt32LittleEndian(Data.Slice(at, 4));

    /// <summary>The BTF that holds this type, and where; false for void and ids out of range.</summary>
    private bool TryFind(int typeId, out Btf owner, out int at)
    {
        owner = this;
        while (typeId < owner._firstId && owner._parent is not null)
        {
            owner = owner._parent;
        }

        var index = typeId - owner._firstId;
        var exists = (uint)index < (uint)owner._offsets.Length;
        at = exists ? owner._offsets[index] : 0;
        return exists;
    }

    private uint InfoOf(int typeId) => TryFind(typeId, out var owner, out var at) ? owner.ReadUInt32(at + 4) : 0;

    /// <summary>The third word of a type: its size, or the type it refers to, by kind.</summary>
    private int SizeOrTypeOf(int typeId) => TryFind(typeId, out var owner, out var at) ? owner.ReadInt32(at + 8) : 0;

    private ReadOnlySpan<byte> StringAt(int offset)
    {
        var owner = this;
        while (offset < owner._firstString && owner._parent is not null)
        {
            owner = owner._parent;
        }

        var local = offset - owner._firstString;
        if ((uint)local >= (uint)owner._stringsLength)
        {
            return default;
        }

        var rest = owner.Data.Slice(owner._stringsStart + local, owner._stringsLength - local);
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    private string TextAt(int offset) => Encoding.UTF8.GetString(StringAt(offset));

    /// <summary>
    /// Where a string lies among all strings, or -1. Strings are stored once and whole, so one vectorised search replaces
    /// a comparison for every type.
    /// </summary>
    private int FindString(ReadOnlySpan<byte> text)
    {
        if (_parent is not null && _parent.FindString(text) is >= 0 and var inherited)
        {
            return inherited;
        }

        Span<byte> bounded = stackalloc byte[256];
        if (text.Length == 0 || text.Length + 2 > bounded.Length)
        {
            return -1;
        }

        bounded = bounded[..(text.Length + 2)];
        bounded[0] = 0;
        text.CopyTo(bounded[1..]);
        bounded[^1] = 0;

        // A split section may begin with its first string at once; the base's begins with the empty one.
        var strings = Data.Slice(_stringsStart, _stringsLength);
        if (strings.StartsWith(bounded[1..]))
        {
            return _firstString;
        }

        var at = strings.IndexOf(bounded);
        return at < 0 ? -1 : _firstString + at + 1;
    }
}
