using System.Net;
using System.Net.Sockets;
using Sonde.Protocol;
using static Sonde.Tests.Kernel.Traces;

namespace Sonde.Tests.Kernel;

/// <summary>What the rich targets tell of known deeds on this machine's kernel, with functions or through what stands in for them.</summary>
public sealed class DecoderTests
{
    [Fact]
    public async Task Connections_are_told_with_their_outcome()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (open, closed) = (((IPEndPoint)listener.LocalEndpoint).Port, UnusedPort());
        using var shell = new GatedShell($": > /dev/tcp/127.0.0.1/{open}; : > /dev/tcp/127.0.0.1/{closed}; : > /dev/tcp/127.0.0.1/{closed}");

        var result = await TraceAsync(shell, Function("tcp_connect", shell));

        AssertAddsUp(result);
        Assert.Equal(3, result.EventCount);
        var established = Assert.Single(result.Events, one => (string?)one.Data["outcome"] == "established");
        Assert.Equal($"127.0.0.1:{open}", (string?)established.Data["destination"]);
        Assert.StartsWith("127.0.0.1:", (string?)established.Data["source"], StringComparison.Ordinal);
        Assert.Equal(2, result.Events.Count(one => (string?)one.Data["outcome"] == "refused" && (string?)one.Data["error"] == "ECONNREFUSED"));
        Assert.Equal(2, result.Statistics!.Errors["ECONNREFUSED"]);
    }

    [Fact]
    public async Task A_connection_that_nobody_answers_is_pending()
    {
        // A listener whose queue is full drops what comes next: the attempt hangs in SYN_SENT.
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using var filler = new Socket(SocketType.Stream, ProtocolType.Tcp);
        filler.Connect(IPAddress.Loopback, port);
        using var shell = new GatedShell($"echo trying; exec 3<>/dev/tcp/127.0.0.1/{port}");
        using var session = Start([Function("tcp_connect", shell)]);
        shell.Open();
        shell.ReadLine();
        await Task.Run(() => SpinWait.SpinUntil(() => File.ReadAllText("/proc/net/tcp").Contains($":{port:X4} 02 ", StringComparison.Ordinal), TimeSpan.FromSeconds(30)));

        var result = await StopAsync(session);

        AssertAddsUp(result);
        var only = Assert.Single(result.Events);
        Assert.Equal("pending", (string?)only.Data["outcome"]);
        Assert.True((bool)only.Data["in_progress"]!);
        Assert.True((double)only.Data["age_us"]! > 0);
    }

    [Fact]
    public async Task Children_are_told_with_their_flags_and_their_end()
    {
        using var shell = new GatedShell("(exit 7); (kill -9 $BASHPID); true");

        var results = await TraceAsync(shell, [Function("do_fork", shell), Request("sched/sched_process_exit", shell) with { Filters = new ProgramFilters { Ppid = shell.Pid } }]);

        Assert.All(results, AssertAddsUp);
        Assert.Equal(2, results[0].EventCount);
        Assert.All(results[0].Events, one =>
        {
            Assert.Equal(shell.Pid, (int?)one.Data["parent_process_id"]);
            Assert.Equal("bash", (string?)one.Data["child_process_name"]);
            Assert.Contains("CLONE_CHILD_SETTID", (string?)one.Data["clone_flags"], StringComparison.Ordinal);
            Assert.False((bool)one.Data["is_thread"]!);
        });
        var children = results[0].Events.Select(one => (int)(long)one.Data["child_process_id"]!).Order();
        Assert.Equal(children, results[1].Events.Select(one => one.ProcessId).Order());
        Assert.Single(results[1].Events, one => (int?)one.Data["exit_code"] == 7);
        Assert.Single(results[1].Events, one => (string?)one.Data["signal"] == "SIGKILL" && !(bool)one.Data["core_dumped"]!);
        Assert.All(results[1].Events, one => Assert.Equal("bash", (string?)one.Data["parent_process_name"]));
    }

    [Fact]
    public async Task Reads_and_writes_are_told_with_the_files_path()
    {
        var folder = Directory.CreateTempSubdirectory("sonde-path-").FullName;
        var file = Path.Combine(folder, "a file");
        using var shell = new GatedShell($"exec 3<>'{file}'; printf abcdef >&3; exec 3<'{file}'; read -N 6 -u 3 text");

        var results = await TraceAsync(shell, [Function("vfs_write", shell), Function("vfs_read", shell)]);
        Directory.Delete(folder, recursive: true);

        Assert.All(results, AssertAddsUp);
        var written = Assert.Single(results[0].Events, one => (string?)one.Data["path"] == file);
        Assert.Equal("6", written.Data["size"]!.ToString());
        Assert.NotNull((string?)written.Data["filesystem"]);
        Assert.Contains(results[1].Events, one => (string?)one.Data["path"] == file);
        Assert.Contains(results[1].Events, one => ((string?)one.Data["path"])?.StartsWith("pipe:[", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData(3, "NXDOMAIN")]
    [InlineData(0, "NOERROR")]
    [InlineData(-1, null)]
    public async Task Questions_to_a_name_server_are_told_with_their_answer(int code, string? name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "binding port 53 needs root");
        using var server = new UdpClient(new IPEndPoint(IPAddress.Parse("127.0.53.1"), 53));
        var answering = AnswerAsync(server, code);
        using var shell = new GatedShell(
            "exec 3<>/dev/udp/127.0.53.1/53; printf '\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x04test\\x07example\\x00\\x00\\x1c\\x00\\x01' >&3; "
            + (code < 0 ? "echo asked; sleep 60" : "dd bs=600 count=1 <&3 >/dev/null 2>&1; echo answered"));
        using var session = Start([Request("syscalls/sys_enter_write", shell)]);
        shell.Open();
        shell.ReadLine();
        await answering;

        var result = await StopAsync(session);

        AssertAddsUp(result);
        var asked = Assert.Single(result.Events, one => (string?)one.Data["destination"] == "127.0.53.1:53");
        Assert.Equal("test.example", (string?)asked.Data["query"]);
        Assert.Equal("AAAA", (string?)asked.Data["query_type"]);
        Assert.Equal(name, (string?)asked.Data["answer_code"]);
        Assert.Equal(code < 0, (bool?)asked.Data["in_progress"] == true);
    }

    [Fact]
    public async Task Switches_tell_why_and_for_how_long_the_task_was_away()
    {
        using var shell = new GatedShell("for i in {1..5}; do read -t 0.01 -u 1 nothing; done");

        var result = await TraceAsync(shell, Function("schedule", shell));

        AssertAddsUp(result);
        Assert.True(result.EventCount >= 5);
        var slept = result.Events.Where(one => (string?)one.Data["previous_state"] == "S" && one.Data.ContainsKey("off_cpu_us")).ToList();
        Assert.NotEmpty(slept);
        Assert.All(slept, one =>
        {
            Assert.True((bool)one.Data["voluntary"]!);
            Assert.InRange((double)one.Data["run_queue_latency_us"]!, 0, (double)one.Data["off_cpu_us"]! + 0.1);
        });
    }

    private static ProgramRequest Function(string target, GatedShell shell) => Request(target, shell) with { Type = ProbeType.Kprobe, MaxEvents = 200 };

    // One answer: the question with the reply bit and the code.
    private static async Task AnswerAsync(UdpClient server, int code)
    {
        var question = await server.ReceiveAsync();
        if (code < 0)
        {
            return;
        }

        var answer = question.Buffer;
        answer[2] |= 0x80;
        answer[3] = (byte)code;
        await server.SendAsync(answer, question.RemoteEndPoint);
    }
}
