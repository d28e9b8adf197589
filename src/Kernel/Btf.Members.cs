using System.Text;

namespace Sonde.Kernel;

/// <summary>Members of structures and unions.</summary>
internal sealed partial class Btf
{
    /// <summary>The direct members, unnamed ones included, in order.</summary>
    public IEnumerable<BtfMember> Members(int structTypeId)
    {
        var id = Resolve(structTypeId);
        if (!TryFind(id, out var owner, out var at) || KindOf(id) is not (BtfKind.Struct or BtfKind.Union))
        {
            yield break;
        }

        var count = LengthIn(owner.ReadUInt32(at + 4));
        for (var i = 0; i < count; i++)
        {
            yield return owner.MemberAt(this, at, i);
        }
    }

    /// <summary>
    /// Finds a member by a dotted path such as <c>__sk_common.skc_daddr</c>. Each name may lie within unnamed structures
    /// and unions: newer kernels move members there (<c>file.f_path</c> since 6.13). Pointers aren't followed.
    /// </summary>
    /// <returns>Null when some name of the path doesn't exist.</returns>
    public BtfMember? FindMember(int structTypeId, string path)
    {
        var (bits, type) = (0, structTypeId);
        BtfMember? found = null;
        foreach (var range in path.AsSpan().Split('.'))
        {
            var name = FindString(Encoding.UTF8.GetBytes(path[range]));
            if (name < 0 || FindNamed(type, name, 0) is not { } member)
            {
                return null;
            }

            bits += member.BitOffset;
            type = member.TypeId;
            found = member with { BitOffset = bits };
        }

        return found;
    }

    /// <summary>Bytes from the start of <c>struct</c> (or <c>union</c>) <paramref name="structName"/> to a member, or null.</summary>
    public int? OffsetOf(string structName, string path)
    {
        var id = FindType(structName, BtfKind.Struct);
        if (id == 0)
        {
            id = FindType(structName, BtfKind.Union);
        }

        return id == 0 ? null : FindMember(id, path)?.ByteOffset;
    }

    private BtfMember? FindNamed(int structTypeId, int nameOffset, int depth)
    {
        var id = Resolve(structTypeId);
        if (depth == MaxDepth || !TryFind(id, out var owner, out var at) || KindOf(id) is not (BtfKind.Struct or BtfKind.Union))
        {
            return null;
        }

        var count = LengthIn(owner.ReadUInt32(at + 4));
        for (var i = 0; i < count; i++)
        {
            var name = owner.ReadInt32(at + TypeSize + (i * 12));
            if (name == nameOffset)
            {
                return owner.MemberAt(this, at, i);
            }

            if (name == 0)
            {
                var unnamed = owner.MemberAt(this, at, i);
                if (FindNamed(unnamed.TypeId, nameOffset, depth + 1) is { } inner)
                {
                    return inner with { BitOffset = unnamed.BitOffset + inner.BitOffset };
                }
            }
        }

        return null;
    }

    /// <param name="view">The BTF that was asked: its ids and strings include this one's.</param>
    /// <param name="at">Where the structure begins.</param>
    /// <param name="index">Which member.</param>
    private BtfMember MemberAt(Btf view, int at, int index)
    {
        var entry = at + TypeSize + (index * 12);
        var (nameOffset, type, position) = (ReadInt32(entry), ReadInt32(entry + 4), ReadUInt32(entry + 8));
        var name = nameOffset == 0 ? null : view.TextAt(nameOffset);

        // With the kind flag the position holds the bit field's size; without it an odd-sized integer type does.
        if (ReadUInt32(at + 4) >> 31 != 0)
        {
            return new BtfMember(name, (int)(position & 0xFFFFFF), (int)(position >> 24), type);
        }

        var id = view.Resolve(type);
        if (view.KindOf(id) == BtfKind.Int)
        {
            var word = view.IntWord(id);
            var (bits, shift) = ((int)(word & 0xFF), (int)(word >> 16) & 0xFF);
            if (bits != view.SizeOf(id) * 8)
            {
                return new BtfMember(name, (int)position + shift, bits, type);
            }
        }

        return new BtfMember(name, (int)position, 0, type);
    }
}
