using Sonde.Kernel;

namespace Sonde.Tests.Kernel;

public sealed class TracefsTests
{
    [Fact]
    public void Tracepoints_are_found_whether_or_not_somebody_mounted_tracefs()
    {
        var tracefs = Open();

        Assert.Contains("syscalls", tracefs.Categories());
        Assert.Contains("sched_switch", tracefs.Events("sched"));
        Assert.Contains("sched/sched_process_exit", tracefs.AllEvents());
        Assert.True(tracefs.Exists("syscalls", "sys_enter_openat"));
        Assert.False(tracefs.Exists("syscalls", "sys_enter_nothing"));
        Assert.Equal(["fd", "uservaddr", "addrlen"], tracefs.ReadFormat("syscalls", "sys_enter_connect")!.Fields.Skip(1).Select(f => f.Name));
        Assert.Equal(tracefs.ReadText("events/sched/sched_switch/id")!.Trim(), tracefs.ReadFormat("sched", "sched_switch")!.Id.ToString());
    }

    [Fact]
    public void Every_tracepoint_of_this_kernel_has_a_format_that_is_read()
    {
        var tracefs = Open();
        foreach (var name in tracefs.AllEvents())
        {
            var parts = name.Split('/');
            if (!tracefs.Exists(parts[0], parts[1]))
            {
                // Groups such as ftrace/ hold events without a format of their own.
                continue;
            }

            var text = tracefs.ReadText($"events/{name}/format")!;
            var format = tracefs.ReadFormat(parts[0], parts[1]);
            Assert.NotNull(format);
            Assert.Equal(text.Split('\n').Count(line => line.Contains("field:", StringComparison.Ordinal)), format.Fields.Count + format.CommonFields.Count);
        }
    }

    [Theory]
    [InlineData("..", "sched_switch")]
    [InlineData("sched", "../sched/sched_switch")]
    [InlineData("", "")]
    [InlineData("sched/sched_switch", "")]
    public void A_name_that_is_a_path_does_not_exist(string category, string name)
    {
        var tracefs = Open();
        Assert.False(tracefs.Exists(category, name));
        Assert.Null(tracefs.ReadFormat(category, name));
    }

    [Fact]
    public void A_file_that_cannot_be_read_has_a_reason_without_the_agents_own_path()
    {
        Assert.Null(Open().ReadText("nothing", out var reason));
        Assert.Contains("nothing of tracefs", reason, StringComparison.Ordinal);
        Assert.DoesNotContain("/proc/self/fd", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Traceable_functions_are_listed_or_the_reason_is_told()
    {
        var functions = Open().AvailableFilterFunctions(out var reason);
        if (functions is null)
        {
            Assert.Contains("available_filter_functions", reason, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains("vfs_read", functions);
        }
    }

    private static Tracefs Open()
    {
        var tracefs = Tracefs.TryOpen(out var reason);
        Assert.SkipWhen(tracefs is null, reason ?? "");
        return tracefs;
    }
}
