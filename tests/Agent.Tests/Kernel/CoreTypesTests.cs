using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class CoreTypesTests
{
    [Fact]
    public void Structures_that_programs_name_get_the_kernels_offsets_and_nothing_else()
    {
        var programs = new BtfWriter();
        var (number, text) = (programs.Int("int", 4, signed: true), programs.Int("char", 1, signed: true));
        programs.Struct("inner", 4, ("value", number, 0));
        programs.Struct("outer", 24, ("name", programs.Array(text, 16), 0), ("gone", number, 128), ("inside", 3, 160));
        programs.Struct("of_the_program", 4, ("value", number, 0));
        var kernel = new BtfWriter();
        var wide = kernel.Int("long", 8, signed: true);
        var letters = kernel.Array(kernel.Int("char", 1, signed: true), 16);
        var inner = kernel.Struct("inner", 16, ("lock", wide, 0), ("value", wide, 64));
        var unnamed = kernel.Union(null, 16, ("name", letters, 0), ("other", wide, 0));
        kernel.Struct("outer", 64, ("before", wide, 0), (null, unnamed, 64), ("inside", inner, 320));

        var types = Btf.Parse(CoreTypes.Build(Btf.Parse(programs.ToArray()), Btf.Parse(kernel.ToArray())));

        Assert.Equal(8, types.OffsetOf("outer", "name"));
        Assert.Equal(40, types.OffsetOf("outer", "inside"));
        Assert.Equal(48, types.OffsetOf("outer", "inside.value"));
        Assert.Equal(64, types.SizeOf(types.FindType("outer", BtfKind.Struct)));
        Assert.Null(types.OffsetOf("outer", "gone"));
        Assert.Null(types.OffsetOf("outer", "before"));
        Assert.Equal(0, types.FindType("of_the_program", BtfKind.Struct));
        Assert.Equal((16, BtfKind.Array), (types.SizeOf(Member("name").TypeId), types.KindOf(Member("name").TypeId)));

        BtfMember Member(string name) => types.FindMember(types.FindType("outer", BtfKind.Struct), name)!.Value;
    }

    [Fact]
    public void Another_version_of_a_structure_is_looked_up_by_its_plain_name_and_bit_fields_keep_their_width()
    {
        var programs = new BtfWriter();
        programs.Struct("task___old", 4, ("state", programs.Int("int", 4), 0));
        var kernel = new BtfWriter();
        kernel.BitFields("task", 8, ("flag", kernel.Int("unsigned int", 4), 0, 3), ("state", 1, 3, 5));

        var types = Btf.Parse(CoreTypes.Build(Btf.Parse(programs.ToArray()), Btf.Parse(kernel.ToArray())));

        var state = types.FindMember(types.FindType("task", BtfKind.Struct), "state")!.Value;
        Assert.Equal((3, 5), (state.BitOffset, state.BitSize));
    }
}
