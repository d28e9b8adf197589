using System.Diagnostics;
using Sonde.Kernel;
using Sonde.Protocol;
using Sonde.Tracing;

namespace Sonde.Tests.Kernel;

/// <summary>Stacks of a program compiled here, whose calls and callers are known to the last one.</summary>
public sealed class StackTests : IDisposable
{
    private const string Source = """
        #define _GNU_SOURCE
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        #define KEPT __attribute__((noinline, noclone))
        #define FRAME void *volatile frame = __builtin_frame_address(0); (void)frame
        KEPT static void ask(void) { long r; FRAME; asm volatile("syscall" : "=a"(r) : "0"(SYS_getppid) : "rcx", "r11", "memory"); }
        KEPT static void often(void) { ask(); asm volatile(""); }
        KEPT static void seldom(void) { ask(); asm volatile(""); }
        int main(int argc, char **argv)
        {
            for (int i = 0, n = atoi(argv[1]); i < n; i++)
                if (i % 4) often(); else seldom();
            return write(1, "done\n", 5) + pause();
        }
        """;

    private static readonly KernelView View = new();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sonde-stack-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Matches_are_counted_by_the_functions_they_come_from()
    {
        var program = Compile("called", "-Wl,--build-id");

        var result = await TraceAsync($"exec {program} 400", Request("called"));

        Assert.Null(result.Error);
        Assert.Equal(400, result.EventCount);
        Assert.True(Count(result, "main;often;ask") == 300, result.FoldedStacks);
        Assert.Equal(100, Count(result, "main;seldom;ask"));
        Assert.Equal(400, result.Stacks!.Sum(static stack => stack.Count));
        Assert.All(result.Stacks!, static stack =>
        {
            Assert.Equal("called", stack.ProcessName);
            Assert.Contains("do_syscall_64", stack.Kernel, StringComparison.Ordinal);
        });
        Assert.Equal(400, result.FoldedStacks!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(static line => long.Parse(line[(line.LastIndexOf(' ') + 1)..])));
        Assert.All(result.FoldedStacks.Split('\n', StringSplitOptions.RemoveEmptyEntries), static line => Assert.StartsWith("called;", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_without_a_build_id_is_named_by_what_its_process_has_mapped()
    {
        var program = Compile("nobuildid", "-Wl,--build-id=none");

        var result = await TraceAsync($"exec {program} 40", Request("nobuildid"));

        Assert.True(Count(result, "main;often;ask") == 30, result.FoldedStacks);
        Assert.Equal(10, Count(result, "main;seldom;ask"));
    }

    [Fact]
    public async Task A_process_that_has_ended_keeps_the_names_of_its_libraries()
    {
        using var shell = new GatedShell("for i in {1..20}; do ( : < /nonexistent ); done");

        using var session = Start(new ProgramRequest
        {
            Name = "opens", Type = ProbeType.Tracepoint, Target = "syscalls/sys_enter_openat", Duration = 60, Stack = true, Filters = new ProgramFilters { Ppid = shell.Pid },
        });
        shell.Run();
        var result = await StopAsync(session);

        Assert.Equal(20, result.EventCount);
        Assert.Equal(20, result.Stacks!.Sum(static stack => stack.Count));
        Assert.All(result.Stacks!, static stack => Assert.DoesNotContain("[unknown]", stack.User, StringComparison.Ordinal));
        Assert.All(result.Stacks!, static stack => Assert.Matches("(^|;)(open|open64|__open.*)$", stack.User));
    }

    [Fact]
    public async Task Nobody_pays_for_stacks_that_nobody_asked_for()
    {
        var program = Compile("plain");

        var result = await TraceAsync($"exec {program} 4", Request("plain") with { Stack = false });

        Assert.Equal(4, result.EventCount);
        Assert.Null(result.Stacks);
        Assert.Null(result.FoldedStacks);
    }

    private static long Count(ProgramResult result, string innermost) =>
        result.Stacks!.Where(stack => stack.User.EndsWith(innermost, StringComparison.Ordinal)).Sum(static stack => stack.Count);

    private static ProgramRequest Request(string comm) => new()
    {
        Name = "probe",
        Type = ProbeType.Tracepoint,
        Target = "syscalls/sys_enter_getppid",
        Filters = new ProgramFilters { Comm = comm },
        Duration = 60,
        Stack = true,
    };

    private static ITraceSession Start(ProgramRequest request)
    {
        Assert.SkipUnless(KernelFeatures.CanTrace, "tracing needs root, or CAP_BPF and CAP_PERFMON");
        return new Tracer(View).Start([request], null);
    }

    private static async Task<ProgramResult> TraceAsync(string command, ProgramRequest request)
    {
        using var shell = new GatedShell(command);
        using var session = Start(request);
        shell.Open();
        Assert.Equal("done", shell.ReadLine());
        return await StopAsync(session);
    }

    private static async Task<ProgramResult> StopAsync(ITraceSession session) =>
        Assert.Single(await session.CompleteAsync(new CancellationToken(canceled: true))).Value;

    // Frame pointers kept, and no tail calls: what is called stands on the stack.
    private string Compile(string name, params string[] options)
    {
        var source = Path.Combine(_folder.FullName, name + ".c");
        var program = Path.Combine(_folder.FullName, name);
        File.WriteAllText(source, Source);
        using var compiler = Process.Start("gcc", ["-O1", "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls", .. options, "-o", program, source]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return program;
    }
}
