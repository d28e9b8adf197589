using Sonde.Interop;
using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class ProcessMapTests
{
    [Fact]
    public void Only_what_can_be_executed_is_kept_with_its_file_and_offset()
    {
        var ranges = ProcessMap.Parse(
        [
            "55d0c6a00000-55d0c6a02000 r--p 00000000 fe:01 1234                       /usr/bin/an app",
            "55d0c6a02000-55d0c6a06000 r-xp 00002000 fe:01 1234                       /usr/bin/an app",
            "7f0000000000-7f0000001000 r-xp 00001000 00:2a 99                         /tmp/gone.so (deleted)",
            "7f0000002000-7f0000003000 rwxp 00000000 00:00 0 ",
            "7ffd5b5f2000-7ffd5b5f4000 r-xp 00000000 00:00 0                          [vdso]",
        ]);

        Assert.Equal(
        [
            new ExecutableRange(0x55d0c6a02000, 0x55d0c6a06000, 0x2000, new FileKey(0xfe, 1, 1234), "/usr/bin/an app"),
            new ExecutableRange(0x7f0000000000, 0x7f0000001000, 0x1000, new FileKey(0, 0x2a, 99), "/tmp/gone.so"),
            new ExecutableRange(0x7f0000002000, 0x7f0000003000, 0, default, ""),
            new ExecutableRange(0x7ffd5b5f2000, 0x7ffd5b5f4000, 0, default, "[vdso]"),
        ],
        ranges);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("1-2 r-xp")]
    [InlineData("x-y r-xp 0 0:0 0 /a")]
    [InlineData("10-20 r-xp 0 00 5 /a")]
    public void Lines_of_another_shape_are_passed_over(string line) => Assert.Empty(ProcessMap.Parse([line]));

    [Fact]
    public void This_process_has_its_own_code_mapped() =>
        Assert.Contains(ProcessMap.Read(Environment.ProcessId), static range => range.Path.EndsWith("/libc.so.6", StringComparison.Ordinal));

    [Fact]
    public void A_process_that_is_gone_has_nothing() => Assert.Empty(ProcessMap.Read(int.MaxValue));
}
