namespace Sonde.Kernel;

/// <summary>
/// The few of the kernel's types that relocatable programs (CO-RE) refer to, as BTF of their own. libbpf would read and search all of
/// the kernel's BTF again for each object; with these it finds the same offsets in a few hundred bytes.
/// </summary>
internal sealed class CoreTypes
{
    private readonly Btf _programs;
    private readonly Btf _kernel;
    private readonly BtfWriter _writer = new();
    private readonly Dictionary<string, int> _structs = [];
    private readonly List<(string Name, int Local)> _wanted;

    private CoreTypes(Btf programs, Btf kernel)
    {
        _programs = programs;
        _kernel = kernel;
        _wanted = [.. Structs().DistinctBy(item => item.Name)];
        for (var i = 0; i < _wanted.Count; i++)
        {
            // They are written first, so that members can refer to each other.
            _structs[_wanted[i].Name] = i + 1;
        }
    }

    /// <summary>Every structure that both know, with the members that the programs name, where this kernel has them.</summary>
    /// <param name="programs">The object's own types.</param>
    /// <param name="kernel">The running kernel's.</param>
    public static byte[] Build(Btf programs, Btf kernel) => new CoreTypes(programs, kernel).Write();

    private IEnumerable<(string Name, int Local)> Structs()
    {
        for (var id = 1; id < _programs.Count; id++)
        {
            if (_programs.KindOf(id) == BtfKind.Struct && _programs.NameOf(id) is { } name && _kernel.FindType(KernelName(name), BtfKind.Struct) != 0)
            {
                yield return (KernelName(name), id);
            }
        }
    }

    // `task_struct___old` is how programs name another version of `task_struct`.
    private static string KernelName(string name) => name.Split("___")[0];

    private byte[] Write()
    {
        var plain = new List<Action>();
        var next = _wanted.Count + 1;
        foreach (var (name, local) in _wanted)
        {
            var target = _kernel.FindType(name, BtfKind.Struct);
            var members = new List<(string Name, int Type, int Bit, int Bits)>();
            foreach (var member in _programs.Members(local))
            {
                if (member.Name is { } wanted && _kernel.FindMember(target, wanted) is { } found)
                {
                    members.Add((wanted, TypeOf(found.TypeId, plain, ref next), found.BitOffset, found.BitSize));
                }
            }

            _writer.BitFields(name, _kernel.SizeOf(target), [.. members]);
        }

        plain.ForEach(write => write());
        return _writer.ToArray();
    }

    // As much of a member's type as the relocations compare: its kind and size; what a pointer points to is another access.
    private int TypeOf(int kernelType, List<Action> plain, ref int next)
    {
        var type = _kernel.Resolve(kernelType);
        var size = _kernel.SizeOf(type);
        switch (_kernel.KindOf(type))
        {
            case BtfKind.Struct or BtfKind.Union when _kernel.NameOf(type) is { } name && _structs.TryGetValue(name, out var known):
                return known;
            case BtfKind.Struct or BtfKind.Union:
                plain.Add(() => _writer.Struct(null, size));
                return next++;
            case BtfKind.Array:
                var (element, count) = _kernel.ArrayOf(type);
                var of = TypeOf(element, plain, ref next);
                plain.Add(() => _writer.Array(of, count));
                return next++;
            case BtfKind.Pointer:
                plain.Add(() => _writer.Pointer(0));
                return next++;
            default:
                plain.Add(() => _writer.Int("value", size, _kernel.IsSigned(type)));
                return next++;
        }
    }
}
