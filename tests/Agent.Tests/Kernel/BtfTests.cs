using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class BtfTests
{
    [Fact]
    public void A_function_is_found_with_its_parameters_and_return_type()
    {
        var writer = new BtfWriter();
        var integer = writer.Int("int", 4, signed: true);
        var sock = writer.Struct("sock", 8, ("sk_state", integer, 0));
        var pointer = writer.Pointer(sock);
        var prototype = writer.Prototype(integer, ("sk", pointer), ("flags", integer));
        writer.Function("tcp_connect", prototype);
        writer.Function("nothing", writer.Prototype(0));
        var btf = Btf.Parse(writer.ToArray());

        var function = btf.FindFunction("tcp_connect");

        Assert.NotNull(function);
        Assert.Equal(["sk", "flags"], function.Parameters.Select(p => p.Name));
        Assert.Equal("struct sock *", btf.Format(function.Parameters[0].TypeId));
        Assert.Equal("int", btf.Format(function.ReturnTypeId));
        Assert.Equal(0, btf.FindFunction("nothing")!.ReturnTypeId);
        Assert.Null(btf.FindFunction("tcp_conn"));
        Assert.Null(btf.FindFunction("cp_connect"));
        Assert.Equal(["tcp_connect", "nothing"], btf.FunctionNames());
    }

    [Fact]
    public void A_variadic_tail_is_no_parameter()
    {
        var writer = new BtfWriter();
        var integer = writer.Int("int", 4, signed: true);
        writer.Function("printk", writer.Prototype(integer, ("level", integer), (null, 0)));

        Assert.Single(Btf.Parse(writer.ToArray()).FindFunction("printk")!.Parameters);
    }

    [Fact]
    public void A_member_is_found_through_typedefs_and_unnamed_unions()
    {
        var writer = new BtfWriter();
        var word = writer.Int("unsigned int", 4);
        var half = writer.Int("unsigned short", 2);
        var pair = writer.Struct(null, 8, ("skc_daddr", word, 0), ("skc_rcv_saddr", word, 32));
        var union = writer.Union(null, 8, ("skc_addrpair", word, 0), (null, pair, 0));
        var common = writer.Struct("sock_common", 16, ("skc_family", half, 0), (null, union, 64));
        var alias = writer.Add(BtfKind.Typedef, "sock_common_t", common);
        var constant = writer.Add(BtfKind.Const, null, alias);
        var sock = writer.Struct("sock", 24, ("sk_lock", word, 0), ("__sk_common", constant, 64));
        var btf = Btf.Parse(writer.ToArray());

        var member = btf.FindMember(sock, "__sk_common.skc_rcv_saddr");

        Assert.NotNull(member);
        Assert.Equal((160, 20, 0, word), (member.Value.BitOffset, member.Value.ByteOffset, member.Value.BitSize, member.Value.TypeId));
        Assert.Equal(12, btf.OffsetOf("sock_common", "skc_rcv_saddr"));
        Assert.Equal(8, btf.OffsetOf("sock", "__sk_common"));
        Assert.Null(btf.OffsetOf("sock", "skc_family"));
        Assert.Null(btf.OffsetOf("sock", "__sk_common.nothing"));
        Assert.Null(btf.OffsetOf("nothing", "sk_lock"));
    }

    [Fact]
    public void Bit_fields_are_told_in_both_encodings()
    {
        var writer = new BtfWriter();
        var word = writer.Int("unsigned int", 4);
        var three = writer.Int("unsigned int", 4, bits: 3);
        var flagged = writer.BitFields("flagged", 4, ("whole", word, 0, 0), ("part", word, 37, 5));
        var old = writer.Struct("old", 4, ("part", three, 9));
        var btf = Btf.Parse(writer.ToArray());

        Assert.Equal((37, 5, 4), Shape(btf.FindMember(flagged, "part")!.Value));
        Assert.Equal((0, 0, 0), Shape(btf.FindMember(flagged, "whole")!.Value));
        Assert.Equal((9, 3, 1), Shape(btf.FindMember(old, "part")!.Value));

        static (int BitOffset, int BitSize, int ByteOffset) Shape(BtfMember m) => (m.BitOffset, m.BitSize, m.ByteOffset);
    }

    [Fact]
    public void Enumerators_are_named_by_value_with_the_enumerations_sign()
    {
        var writer = new BtfWriter();
        var plain = writer.Enum("tcp_state", false, ("TCP_ESTABLISHED", 1), ("TCP_ALL", -1));
        var signed = writer.Enum("errors", true, ("FAILED", -1));
        var wide = writer.Enum64("wide", ("HUGE", 0x1_0000_0001));
        var alias = writer.Add(BtfKind.Typedef, "state_t", plain);
        var btf = Btf.Parse(writer.ToArray());

        Assert.Equal("TCP_ESTABLISHED", btf.EnumName(alias, 1));
        Assert.Equal("TCP_ALL", btf.EnumName(plain, 0xFFFFFFFF));
        Assert.Equal("FAILED", btf.EnumName(signed, -1));
        Assert.Equal("HUGE", btf.EnumName(wide, 0x1_0000_0001));
        Assert.Null(btf.EnumName(plain, 7));
        Assert.True(btf.IsSigned(signed));
        Assert.False(btf.IsSigned(plain));
        Assert.Equal(0x1_0000_0001, btf.EnumeratorValue("HUGE"));
        Assert.Null(btf.EnumeratorValue("tcp_state"));
    }

    [Fact]
    public void Types_are_spelled_as_in_C()
    {
        var writer = new BtfWriter();
        var character = writer.Int("char", 1);
        var constant = writer.Add(BtfKind.Const, null, character);
        var text = writer.Pointer(constant);
        var fixedText = writer.Add(BtfKind.Const, null, text);
        var lines = writer.Pointer(text);
        var array = writer.Array(character, 16);
        var table = writer.Array(array, 4);
        var toArray = writer.Pointer(array);
        var handler = writer.Pointer(writer.Prototype(0, ("data", writer.Pointer(0)), ("n", character)));
        var tagged = writer.Pointer(writer.Add(BtfKind.TypeTag, "user", constant));
        var forward = writer.Pointer(writer.Add(BtfKind.Forward, "later", 0, flag: true));
        var real = writer.Add(BtfKind.Float, "double", 8);
        var unnamed = writer.Pointer(writer.Struct(null, 0));
        var callbacks = writer.Array(handler, 2);
        var btf = Btf.Parse(writer.ToArray());

        Assert.Equal("const char *", btf.Format(text));
        Assert.Equal("const char *const", btf.Format(fixedText));
        Assert.Equal("const char **", btf.Format(lines));
        Assert.Equal("char[16]", btf.Format(array));
        Assert.Equal("char[4][16]", btf.Format(table));
        Assert.Equal("char (*)[16]", btf.Format(toArray));
        Assert.Equal("void (*)(void *, char)", btf.Format(handler));
        Assert.Equal("void (*[2])(void *, char)", btf.Format(callbacks));
        Assert.Equal("const char *", btf.Format(tagged));
        Assert.Equal("union later *", btf.Format(forward));
        Assert.Equal("double", btf.Format(real));
        Assert.Equal("struct {...} *", btf.Format(unnamed));
        Assert.Equal("void", btf.Format(0));
    }

    [Fact]
    public void Sizes_and_kinds_are_those_behind_modifiers()
    {
        var writer = new BtfWriter();
        var character = writer.Int("char", 1);
        var flag = writer.Add(BtfKind.Typedef, "bool", writer.Int("_Bool", 1, isBool: true));
        var small = writer.Int("unsigned char", 1);
        var name = writer.Add(BtfKind.Volatile, null, writer.Array(writer.Array(character, 16), 3));
        var pointer = writer.Add(BtfKind.Restrict, null, writer.Pointer(flag));
        writer.Add(BtfKind.DeclTag, "tag", flag, trailer: -1);
        writer.Add(BtfKind.Variable, "variable", flag, trailer: 1);
        writer.Add(BtfKind.DataSection, ".data", 8, 1, false, flag, 0, 1);
        var last = writer.Int("long", 8, signed: true);
        var btf = Btf.Parse(writer.ToArray());

        Assert.Equal(48, btf.SizeOf(name));
        Assert.Equal((16, 3), (btf.SizeOf(btf.ArrayOf(name).ElementType), btf.ArrayOf(name).Count));
        Assert.Equal(8, btf.SizeOf(pointer));
        Assert.Equal(flag, btf.PointeeOf(pointer));
        Assert.Equal(0, btf.PointeeOf(flag));
        Assert.True(btf.IsBool(flag));
        Assert.True(btf.IsChar(character));
        Assert.False(btf.IsChar(small));
        Assert.True(btf.IsSigned(last));
        Assert.Equal("long", btf.NameOf(last));
        Assert.Equal(BtfKind.Void, btf.KindOf(0));
        Assert.Equal(BtfKind.Void, btf.KindOf(last + 1));
        Assert.Equal(BtfKind.Void, btf.KindOf(-1));
    }

    [Fact]
    public void Split_BTF_builds_on_the_kernels()
    {
        var kernel = new BtfWriter();
        var integer = kernel.Int("int", 4, signed: true);
        kernel.Struct("sock", 4, ("sk_state", integer, 0));
        var baseBtf = Btf.Parse(kernel.ToArray());

        var module = new BtfWriter(kernel.NextId, kernel.StringsLength);
        var own = module.Struct("veth_priv", 12, ("peer", integer, 64));
        module.Function("veth_xmit", module.Prototype(integer, ("dev", module.Pointer(own))));
        var split = Btf.Parse(module.ToArray(), baseBtf);

        Assert.Equal(own, split.FindType("veth_priv", BtfKind.Struct));
        Assert.Equal(8, split.OffsetOf("veth_priv", "peer"));
        Assert.Equal(0, split.OffsetOf("sock", "sk_state"));
        Assert.Equal("int", split.Format(split.FindMember(own, "peer")!.Value.TypeId));
        Assert.Equal("struct veth_priv *", split.Format(split.FindFunction("veth_xmit")!.Parameters[0].TypeId));
        Assert.Equal(["veth_xmit"], split.FunctionNames());
        Assert.Equal(0, baseBtf.FindType("veth_priv", BtfKind.Struct));
    }

    [Fact]
    public void Types_that_refer_to_themselves_end()
    {
        var writer = new BtfWriter();
        var loop = writer.Add(BtfKind.Typedef, "loop", 1);
        var inside = writer.Struct(null, 4, (null, 2, 0));
        var pointer = writer.Add(BtfKind.Pointer, null, 3);
        var btf = Btf.Parse(writer.ToArray());

        Assert.Equal(0, btf.Resolve(loop));
        Assert.Null(btf.FindMember(inside, "loop"));
        Assert.Equal("?", btf.Format(pointer));
    }

    [Fact]
    public void Damaged_data_is_refused_in_words()
    {
        var writer = new BtfWriter();
        writer.Int("int", 4);
        var good = writer.ToArray();

        Assert.Throws<InvalidDataException>(() => Btf.Parse([]));
        Assert.Throws<InvalidDataException>(() => Btf.Parse([.. good.Reverse()]));
        Assert.Throws<InvalidDataException>(() => Btf.Parse(good[..^6]));

        var unknown = new BtfWriter();
        unknown.Add((BtfKind)25, "new", 0);
        var error = Assert.Throws<InvalidDataException>(() => Btf.Parse(unknown.ToArray()));
        Assert.Contains("kind 25", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_running_kernels_layout_is_read()
    {
        var btf = Btf.TryLoadKernel(out var reason);
        Assert.SkipWhen(btf is null, reason ?? "");

        // Fixed by the ABI of inet_diag and long unchanged.
        Assert.Equal(0, btf.OffsetOf("sock_common", "skc_daddr"));
        Assert.Equal(4, btf.OffsetOf("sock_common", "skc_rcv_saddr"));
        Assert.Equal(12, btf.OffsetOf("sock_common", "skc_dport"));
        Assert.Equal(14, btf.OffsetOf("sock_common", "skc_num"));
        Assert.Equal(16, btf.OffsetOf("sock_common", "skc_family"));
        Assert.Equal(16, btf.OffsetOf("sock", "__sk_common.skc_family"));

        var task = btf.FindType("task_struct", BtfKind.Struct);
        Assert.Equal("char[16]", btf.Format(btf.FindMember(task, "comm")!.Value.TypeId));
        Assert.Equal("struct task_struct *", btf.Format(btf.FindMember(task, "real_parent")!.Value.TypeId));

        // In an unnamed union since 6.13, a plain member before.
        Assert.NotNull(btf.OffsetOf("file", "f_path.dentry"));
        Assert.Equal("struct sock *", btf.Format(btf.FindFunction("tcp_connect")!.Parameters[0].TypeId));
        Assert.Equal("struct file *", btf.Format(btf.FindFunction("vfs_read")!.Parameters[0].TypeId));
        Assert.Equal("ssize_t", btf.Format(btf.FindFunction("vfs_read")!.ReturnTypeId));
        Assert.Equal(2, btf.EnumeratorValue("TCP_SYN_SENT"));
    }
}
