using System.Text;
using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class KallsymsTests
{
    private const string Listing =
        """
        ffffffff81000000 T _stext
        ffffffff81000000 T _text
        ffffffff81000000 T startup_64
        ffffffff81001000 t tcp_connect
        ffffffff81002000 T tcp_sendmsg
        ffffffff81002800 t tcp_sendmsg_locked
        ffffffff81003000 t do_work.isra.0
        ffffffff81003100 t do_work.constprop.0
        ffffffff81003200 t do_work.isra.0.cold
        ffffffff81003300 t do_work.isra.0
        ffffffff81004000 W weak_hook
        ffffffff82000000 D jiffies_64
        ffffffffc0201000 t nf_hook	[nf_tables]
        """;

    private static readonly Kallsyms Symbols = Read(Listing);

    [Theory]
    [InlineData("tcp_connect", true)]
    [InlineData("weak_hook", true)]
    [InlineData("nf_hook", true)]
    [InlineData("tcp_conn", false)]
    [InlineData("tcp_connect2", false)]
    [InlineData("do_work", false)]
    [InlineData("jiffies_64", false)]
    [InlineData("", false)]
    public void Only_whole_names_of_functions_exist(string name, bool exists) => Assert.Equal(exists, Symbols.HasFunction(name));

    [Fact]
    public void A_functions_variants_are_its_compiler_copies_without_the_cold_halves() =>
        Assert.Equal(["do_work.constprop.0", "do_work.isra.0"], Symbols.Variants("do_work"));

    [Fact]
    public void A_function_with_a_longer_name_is_no_variant() => Assert.Empty(Symbols.Variants("tcp_sendmsg"));

    [Theory]
    [InlineData(0xffffffff81001000, "tcp_connect", 0)]
    [InlineData(0xffffffff81001fff, "tcp_connect", 0xfff)]
    [InlineData(0xffffffffc0201010, "nf_hook", 0x10)]
    [InlineData(0xffffffff81000004, "startup_64", 4)]
    public void An_address_resolves_to_the_function_it_lies_in_by_its_plainest_name(ulong address, string symbol, ulong offset) =>
        Assert.Equal((symbol, offset), Symbols.Resolve(address));

    [Theory]
    [InlineData(0)]
    [InlineData(0x7f0000000000)]
    [InlineData(0xffffffff80ffffff)]
    [InlineData(0xffffffffb0000000)]
    public void An_address_of_no_function_resolves_to_none(ulong address) => Assert.Null(Symbols.Resolve(address));

    [Fact]
    public void Hidden_addresses_leave_the_names()
    {
        Kallsyms hidden = Read("0000000000000000 T tcp_connect\n0000000000000000 T tcp_sendmsg\n");
        Assert.True(hidden.HasFunction("tcp_connect"));
        Assert.False(hidden.HasAddresses);
        Assert.Null(hidden.Resolve(0));
        Assert.Null(hidden.Resolve(0xffffffff81001000));
    }

    [Fact]
    public void Lines_are_whole_however_the_reads_cut_them()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 20_000; i++)
        {
            text.Append($"{0xffffffff81000000 + ((ulong)i << 4):x16} t function_{i:d5}\n");
        }

        Kallsyms many = Read(text.ToString());
        Assert.Equal(20_000, many.Count);
        Assert.All(Enumerable.Range(0, 20_000), i => Assert.True(many.HasFunction($"function_{i:d5}")));
        Assert.Equal(("function_19999", 8ul), many.Resolve(0xffffffff81000000 + (19_999ul << 4) + 8));
    }

    [Fact]
    public void The_running_kernels_functions_are_known_where_it_lists_them()
    {
        Assert.SkipUnless(File.Exists("/proc/kallsyms"), "this kernel has no /proc/kallsyms");
        Assert.True(Kallsyms.Current.HasFunction("vfs_read"));
        Assert.Equal(Kallsyms.Current.Count, Kallsyms.Current.Functions.Count());
    }

    private static Kallsyms Read(string text) => Kallsyms.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));
}
