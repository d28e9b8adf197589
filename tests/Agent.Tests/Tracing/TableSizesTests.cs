using Sonde.Kernel;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tests.Tracing;

public sealed class TableSizesTests
{
    private static readonly ProbeCandidate SystemCall = new(new ProbePart(Mechanism.SyscallPair, "syscalls/sys_enter_read", new EventLayout("sys_enter_read", 40) { Paired = true }));

    [Theory]
    [InlineData(100u)]
    [InlineData(1500u)]
    [InlineData(100_000u)]
    public void Every_thread_and_many_new_ones_may_be_in_a_system_call_though_half_of_the_table_is_kept_for_ended_ones(uint threads)
    {
        var sizes = TableSizes.Of(SystemCall, threads);

        Assert.True(sizes.Calls - sizes.MostKept >= Math.Min(threads + 1000, 2048), $"{sizes.Calls} entries, {sizes.MostKept} of them kept");
        Assert.InRange(sizes.Calls, 1u, 4096u);
    }

    [Fact]
    public void Where_the_threads_are_not_known_the_table_is_the_largest() => Assert.Equal(4096u, TableSizes.Of(SystemCall, threads: null).Calls);

    [Fact]
    public void A_function_may_be_in_itself_so_its_threads_tell_nothing()
    {
        var function = new ProbeCandidate(new ProbePart(Mechanism.Kprobe, "vfs_read", new EventLayout("vfs_read", 32) { Paired = true }));

        Assert.Equal(4096u, TableSizes.Of(function, threads: 100).Calls);
    }

    [Fact]
    public void An_interrupt_is_in_flight_on_its_processor_however_many_threads_there_are()
    {
        var vector = new TracepointField { Name = "vec", TypeText = "unsigned int", Offset = 8, Size = 4, IsSigned = false };
        var exit = new TracepointFormat { Name = "softirq_exit", Id = 7, Fields = [vector], Names = new Dictionary<string, NameTable>() };
        var layout = new EventLayout("softirq_entry", 32);
        layout.CompleteBy(new Completion("irq/softirq_exit", exit, [vector], [vector]) { ByCpu = true });
        var interrupts = new ProbeCandidate(new ProbePart(Mechanism.Tracepoint, "irq/softirq_entry", layout));

        Assert.Equal(Math.Min(4096u, 64u * (uint)ProbeHarvest.Cpus), TableSizes.Of(interrupts, threads: 100_000).Calls);
    }

    [Fact]
    public void What_nothing_completes_needs_no_room_for_calls() =>
        Assert.Equal(0u, TableSizes.Of(new(new ProbePart(Mechanism.Tracepoint, "kmem/kmalloc", new EventLayout("kmalloc", 40))), threads: 100).Calls);
}
