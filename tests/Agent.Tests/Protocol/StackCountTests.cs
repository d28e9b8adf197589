using Sonde.Protocol;

namespace Sonde.Tests.Protocol;

public sealed class StackCountTests
{
    [Fact]
    public void Folded_stacks_are_lines_for_flame_graphs()
    {
        var stack = new StackCount { Count = 7, ProcessName = "my app;x", User = "main;write", Kernel = "do_syscall_64;vfs_write" };

        Assert.Equal("my_app:x;main;write;do_syscall_64_[k];vfs_write_[k] 7", stack.Folded());
        Assert.Equal("kworker;kthread_[k] 1", new StackCount { Count = 1, ProcessName = "kworker", Kernel = "kthread" }.Folded());
        Assert.Equal("other 3", new StackCount { Count = 3, ProcessName = "other" }.Folded());
    }

    [Fact]
    public void The_folded_text_of_all_stacks_is_no_part_of_the_message()
    {
        var result = new ProgramResult
        {
            ProgramName = "p",
            Type = ProbeType.Kprobe,
            Target = "t",
            StartTime = default,
            EndTime = default,
            FoldedStacks = "secret",
            Stacks = [new StackCount { Count = 2, ProcessName = "a", User = "main" }],
        };

        var json = ProtocolJson.Write(result);

        Assert.DoesNotContain("secret", json, StringComparison.Ordinal);
        Assert.Contains("""
            "stacks":[{"count":2,"process_name":"a","user":"main","kernel":""}]
            """, json, StringComparison.Ordinal);
    }
}
