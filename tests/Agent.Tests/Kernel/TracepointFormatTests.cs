using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class TracepointFormatTests
{
    [Fact]
    public void A_system_calls_fields_are_its_arguments_by_name()
    {
        var format = Read("sys_enter_openat");

        Assert.Equal(("sys_enter_openat", 782, 48), (format.Name, format.Id, format.RecordSize));
        Assert.Equal(["__syscall_nr", "dfd", "filename", "flags", "mode"], format.Fields.Select(f => f.Name));
        Assert.Equal(["common_type", "common_flags", "common_preempt_count", "common_pid"], format.CommonFields.Select(f => f.Name));
        var filename = format.Field("filename")!;
        Assert.Equal(("const char *", 24, 8, false), (filename.TypeText, filename.Offset, filename.Size, filename.IsString));
        Assert.Equal("const char *const *", Read("sys_enter_execve").Field("argv")!.TypeText);
        Assert.Empty(format.Names);
    }

    [Fact]
    public void Character_arrays_are_strings_in_the_record_and_behind_it()
    {
        var comm = Read("sched_switch").Field("prev_comm")!;
        Assert.Equal(("char", 16, 16, true, DataLocKind.None), (comm.TypeText, comm.Size, comm.ElementCount, comm.IsString, comm.DataLoc));

        var name = Read("irq_handler_entry").Field("name")!;
        Assert.Equal(("char", 4, 0, true, DataLocKind.DataLoc), (name.TypeText, name.Size, name.ElementCount, name.IsString, name.DataLoc));

        var relative = Parse("field:__rel_loc unsigned int[] values; offset:8; size:4; signed:0;").Field("values")!;
        Assert.Equal((false, 4, DataLocKind.RelLoc), (relative.IsString, relative.ElementSize, relative.DataLoc));
    }

    [Fact]
    public void Arrays_tell_their_elements()
    {
        var args = Read("sys_enter").Field("args")!;
        Assert.Equal((6, 8, 48, false), (args.ElementCount, args.ElementSize, args.Size, args.IsString));

        var address = Read("inet_sock_set_state").Field("saddr_v6")!;
        Assert.Equal((16, 1), (address.ElementCount, address.ElementSize));

        var named = Parse("field:u32 banks[MAX_NR_BANKS]; offset:8; size:24; signed:0;").Field("banks")!;
        Assert.Equal((6, 4), (named.ElementCount, named.ElementSize));
    }

    [Fact]
    public void A_symbol_is_named_and_an_unknown_one_keeps_its_number()
    {
        var states = Read("inet_sock_set_state").Names["newstate"];
        Assert.Equal("TCP_SYN_SENT", states.Decode(2));
        Assert.Equal("99", states.Decode(99));
        Assert.Equal("AF_INET6", Read("inet_sock_set_state").Names["family"].Decode(10));
        Assert.Equal("NET_TX", Read("softirq_entry").Names["vec"].Decode(2));
    }

    [Fact]
    public void Flags_are_joined_and_bits_without_a_name_are_hexadecimal()
    {
        var flags = Read("kmalloc").Names["gfp_flags"];

        Assert.True(flags.IsFlags);
        Assert.Equal("GFP_KERNEL", flags.Decode(0xcc0));
        Assert.Equal("GFP_KERNEL|__GFP_ZERO", flags.Decode(0xdc0));
        Assert.Equal("GFP_ATOMIC|__GFP_ZERO|0x80000000", flags.Decode(0x80000920));
        Assert.Equal("none", flags.Decode(0));
    }

    [Fact]
    public void A_tasks_state_reads_as_the_kernel_prints_it()
    {
        var states = Read("sched_switch").Names["prev_state"];

        Assert.Equal("R", states.Decode(0));
        Assert.Equal("S", states.Decode(1));
        Assert.Equal("D", states.Decode(2));
        Assert.Equal("D|I", states.Decode(0x82));
        Assert.Equal("R+", states.Decode(0x100));
        Assert.Equal("S+", states.Decode(0x101));
    }

    [Fact]
    public void Constants_without_a_value_are_asked_for_and_left_out_when_unknown()
    {
        Assert.Equal("TCP_SYN_SENT", Read("tcp_retransmit_skb", name => name == "TCP_SYN_SENT" ? 2 : null).Names["state"].Decode(2));
        Assert.DoesNotContain("state", Read("tcp_retransmit_skb").Names);
    }

    [Fact]
    public void Values_are_compared_in_the_fields_width()
    {
        var format = Parse(
            "field:int result; offset:8; size:4; signed:1;",
            """print fmt: "%s", __print_symbolic(REC->result, { 0xffffffff, "FAILED" }, { (-2), "GONE" }, { 0, ((void *)0) })""");

        Assert.Equal("FAILED", format.Names["result"].Decode(-1));
        Assert.Equal("GONE", format.Names["result"].Decode(0xfffffffe));
        Assert.Equal("-7", format.Names["result"].Decode(-7));
    }

    [Fact]
    public void Casts_and_parentheses_around_a_field_are_seen_through_and_computed_ones_have_no_table()
    {
        var format = Parse(
            "field:u32 kind; offset:8; size:4; signed:0;\nfield:u32 prio; offset:12; size:4; signed:0;",
            """print fmt: "%s, (a) %s", __print_flags((unsigned long)((REC->kind)), "", {(1UL << 0), "A,(1)"}, { 0x10u, "B" }), __print_symbolic((REC->prio >> 13) & 7, { 1, "rt" })""");

        Assert.Equal("A,(1)|B", format.Names["kind"].Decode(0x11));
        Assert.DoesNotContain("prio", format.Names);
    }

    [Theory]
    [InlineData("")]
    [InlineData("name: broken\nID: x\nformat:\n")]
    [InlineData("hello")]
    public void What_is_no_format_is_null(string text) => Assert.Null(TracepointFormatParser.Parse(text));

    [Theory]
    [InlineData("print fmt: ")]
    [InlineData("print fmt: \"%s\", __print_flags(")]
    [InlineData("print fmt: \"%s\", __print_flags(REC->")]
    [InlineData("print fmt: \"%s\", __print_symbolic((REC->a), {")]
    [InlineData("print fmt: \"%s\", __print_symbolic((int), { 1, \"a\" })")]
    [InlineData("print fmt: \"%s\", __print_flags(REC->a & , \"|\", { 1 << , \"a\" }, {((, \"b\" })")]
    public void A_text_that_makes_no_sense_costs_only_its_names(string print) =>
        Assert.Empty(Parse("field:int a; offset:8; size:4; signed:1;", print).Names);

    [Theory]
    [InlineData("0x10 | 1 << 3", 24)]
    [InlineData("(( gfp_t)((((1UL))) << (10))) & ~0x400u", 0)]
    [InlineData("((((0x0 | 0x1 | 0x2) + 1) << 1) - 1)", 7)]
    [InlineData("017", 15)]
    [InlineData("(__u32)8 / 2 * 3", 12)]
    [InlineData("( unsigned long)(KNOWN)", 42)]
    [InlineData("1 +", null)]
    [InlineData("UNKNOWN", null)]
    [InlineData("(1", null)]
    [InlineData("1)", null)]
    [InlineData("1 / 0", null)]
    [InlineData("", null)]
    [InlineData("((void *)0)", 0)]
    public void Constant_expressions_are_computed(string text, int? value) =>
        Assert.Equal(value, ConstantExpression.Evaluate(text, name => name == "KNOWN" ? 42 : null));

    private static TracepointFormat Parse(string fields, string print = "") =>
        TracepointFormatParser.Parse($"name: test\nID: 7\nformat:\n{fields}\n\n{print}\n")!;

    private static TracepointFormat Read(string name, Func<string, long?>? constant = null)
    {
        using var file = typeof(TracepointFormatTests).Assembly.GetManifestResourceStream(name + ".txt")!;
        using var reader = new StreamReader(file);
        return TracepointFormatParser.Parse(reader.ReadToEnd(), constant)!;
    }
}
