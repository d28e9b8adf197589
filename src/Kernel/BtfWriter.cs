using System.Text;

namespace Sonde.Kernel;

/// <summary>Writes raw BTF, type by type, as the kernel's format says.</summary>
internal sealed class BtfWriter(int firstId = 1, int firstString = 0)
{
    private readonly List<byte> _types = [];
    private readonly List<byte> _strings = firstString == 0 ? [0] : [];
    private readonly Dictionary<string, int> _known = [];
    private int _next = firstId;

    public int NextId => _next;

    public int StringsLength => _strings.Count;

    public int Add(BtfKind kind, string? name, int sizeOrType, int length = 0, bool flag = false, params int[] trailer)
    {
        Write(String(name), (int)(((uint)kind << 24) | (uint)length | (flag ? 1u << 31 : 0)), sizeOrType);
        Write(trailer);
        return _next++;
    }

    public int Int(string name, int size, bool signed = false, bool isBool = false, int? bits = null) =>
        Add(BtfKind.Int, name, size, trailer: ((signed ? 1 : 0) | (isBool ? 4 : 0)) << 24 | (bits ?? size * 8));

    public int Pointer(int to) => Add(BtfKind.Pointer, null, to);

    public int Array(int element, int count) => Add(BtfKind.Array, null, 0, trailer: [element, element, count]);

    public int Struct(string? name, int size, params (string? Name, int Type, int Bit)[] members) =>
        Add(BtfKind.Struct, name, size, members.Length, trailer: Members(members));

    public int Union(string? name, int size, params (string? Name, int Type, int Bit)[] members) =>
        Add(BtfKind.Union, name, size, members.Length, trailer: Members(members));

    public int BitFields(string name, int size, params (string Name, int Type, int Bit, int Bits)[] members) =>
        Add(BtfKind.Struct, name, size, members.Length, true, [.. members.SelectMany(m => new[] { String(m.Name), m.Type, m.Bit | (m.Bits << 24) })]);

    public int Enum(string name, bool signed, params (string Name, int Value)[] values) =>
        Add(BtfKind.Enum, name, 4, values.Length, signed, [.. values.SelectMany(v => new[] { String(v.Name), v.Value })]);

    public int Enum64(string name, params (string Name, ulong Value)[] values) =>
        Add(BtfKind.Enum64, name, 8, values.Length, false, [.. values.SelectMany(v => new[] { String(v.Name), (int)v.Value, (int)(v.Value >> 32) })]);

    public int Prototype(int returns, params (string? Name, int Type)[] parameters) =>
        Add(BtfKind.FunctionPrototype, null, returns, parameters.Length, trailer: [.. parameters.SelectMany(p => new[] { String(p.Name), p.Type })]);

    public int Function(string name, int prototype) => Add(BtfKind.Function, name, prototype, 1);

    public byte[] ToArray()
    {
        using var all = new MemoryStream();
        using var writer = new BinaryWriter(all);
        writer.Write((ushort)0xEB9F);
        writer.Write((byte)1);
        writer.Write((byte)0);
        writer.Write(24);
        writer.Write(0);
        writer.Write(_types.Count);
        writer.Write(_types.Count);
        writer.Write(_strings.Count);
        writer.Write(_types.ToArray());
        writer.Write(_strings.ToArray());
        return all.ToArray();
    }

    private int[] Members((string? Name, int Type, int Bit)[] members) => [.. members.SelectMany(m => new[] { String(m.Name), m.Type, m.Bit })];

    private int String(string? text)
    {
        if (text is null)
        {
            return 0;
        }

        if (!_known.TryGetValue(text, out var at))
        {
            _known[text] = at = firstString + _strings.Count;
            _strings.AddRange(Encoding.UTF8.GetBytes(text + "\0"));
        }

        return at;
    }

    private void Write(params int[] words)
    {
        foreach (var word in words)
        {
            _types.AddRange(BitConverter.GetBytes(word));
        }
    }
}
