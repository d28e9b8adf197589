using System.Diagnostics;
using System.Text.Json.Nodes;
using Sonde.Dialogue;
using Sonde.Playbooks;
using Sonde.Playbooks.Detectors;
using Sonde.Protocol;
using static Sonde.Tests.Playbooks.Recorded;

namespace Sonde.Tests.Playbooks;

public sealed class BuiltinModelTests
{
    public static TheoryData<string> IssueOfEachKind { get; } =
    [
        "my app cannot connect to its database on 127.0.0.1:5999",
        "the worker (pid 4711) keeps crashing and restarting",
        "orders can't read /etc/orders/it's here.yaml, permission denied",
        "everything is slow and the CPU is at 100%",
        "java is killed, out of memory",
        "something is wrong",
    ];

    [Theory]
    [MemberData(nameof(IssueOfEachKind))]
    public async Task The_first_plan_is_within_the_bounds_of_a_round(string issue)
    {
        var plan = await PlanAsync(Opening(issue));

        Assert.InRange(plan.EbpfPrograms.Count, 4, ProgramRequest.MostPerRound);
        Assert.InRange(plan.Commands.Count, 4, 30);
        Assert.Equal(plan.Commands.Count, plan.Commands.Select(c => c.Id).Distinct().Count());
        Assert.All(plan.EbpfPrograms, p => Assert.InRange(p.Duration, 10, 15));
        Assert.All(plan.EbpfPrograms, p => Assert.Null(p.Filters.Comm));
        Assert.All(plan.Commands, c => Assert.DoesNotContain('{' + "p", c.Command, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(IssueOfEachKind))]
    public async Task Every_command_of_a_plan_is_valid_shell(string issue)
    {
        foreach (var command in (await PlanAsync(Opening(issue))).Commands)
        {
            using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-n", "-c", command.Command]) { RedirectStandardError = true })!;
            var said = await shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(shell.ExitCode == 0, $"{command.Command}: {said}");
        }
    }

    [Fact]
    public async Task What_the_issue_names_is_looked_at()
    {
        var plan = await PlanAsync(Opening("pid 4711 can't reach db.internal:5432 nor read /srv/a.conf"));

        Assert.Contains(plan.Commands, c => c.Command.Contains("sport = :5432", StringComparison.Ordinal) && c.Command.Contains(":1538 ", StringComparison.Ordinal));
        Assert.Contains(plan.Commands, c => c.Command.Contains("getent ahosts 'db.internal'", StringComparison.Ordinal));
        Assert.Contains(plan.Commands, c => c.Command.Contains("ls -ld -- '/srv/a.conf'", StringComparison.Ordinal));
        Assert.Contains(plan.Commands, c => c.Command.Contains("/proc/4711/status", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refused_connection_is_resolved_after_one_round_with_the_figures()
    {
        var history = new List<ChatMessage> { Opening("my app cannot connect to its database on 127.0.0.1:5999") };
        await ContinueAsync(history, Round(1, [Command("listening", NoListeners)],
            Program("connect_errors", "syscalls/sys_enter_connect", [.. Enumerable.Range(0, 9).Select(i => Connect(i, 4711, "orders", "127.0.0.1:5999", "ECONNREFUSED"))]),
            Program("open_errors", "syscalls/sys_enter_openat", [Open(4, 88, "cron", "/etc/localtime", "ENOENT")])));

        var resolution = await ResolveAsync(history);

        Assert.Equal(Confidence.High, resolution.Confidence);
        Assert.Contains("orders (pid 4711) is refused by 127.0.0.1:5999: 9 connects", resolution.RootCause, StringComparison.Ordinal);
        Assert.Contains("connect_errors_1790000000", resolution.EbpfEvidence, StringComparison.Ordinal);
        Assert.StartsWith("1. ", resolution.ResolutionPlan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_resolved_after_a_proof()
    {
        const string path = "/etc/orders/orders.yaml";
        var history = new List<ChatMessage> { Opening("orders does not start, something with its configuration") };
        await ContinueAsync(history, Round(1, [],
            Program("open_errors", "syscalls/sys_enter_openat", [.. Enumerable.Range(0, 8).Select(i => Open(2 + i, 4711, "orders", path, "ENOENT"))])));

        var proof = ProtocolJson.Read<DiagnosticPlan>((await AskAsync(history)).Content);
        Assert.Equal(PathStatus.Id(path), Assert.Single(proof.Commands).Id);

        await ContinueAsync(history, Round(2, [Command(PathStatus.Id(path), $"missing: ls: cannot access '{path}': No such file or directory\nnearest: /etc\n")]));
        var resolution = await ResolveAsync(history);

        Assert.Equal(Confidence.High, resolution.Confidence);
        Assert.Contains($"orders (pid 4711) as uid 0 can't find {path}: 8 opens", resolution.RootCause, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(IssueOfEachKind))]
    public async Task On_a_healthy_host_nothing_is_blamed_after_a_longer_look(string issue)
    {
        var history = new List<ChatMessage> { Opening(issue) };
        await ContinueAsync(history, Healthy(1));
        var longer = await PlanAsync([.. history]);
        Assert.All(longer.EbpfPrograms, p => Assert.InRange(p.Duration, 16, 25));

        await ContinueAsync(history, Healthy(2));
        var resolution = await ResolveAsync(history);

        Assert.Equal(Confidence.Low, resolution.Confidence);
        Assert.StartsWith("No cause was found: ", resolution.RootCause, StringComparison.Ordinal);
        Assert.Contains("Ruled out: ", resolution.EbpfEvidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Processes_that_fail_much_outside_the_sample_get_a_longer_look_of_their_own()
    {
        var (key, opens) = Program("open_errors", "syscalls/sys_enter_openat", [], matched: 2000);
        opens = opens with
        {
            Statistics = new TraceStatistics
            {
                ByProcess = [new(31, "ps", 400), new(4711, "orders", 30), new(90, "worker", 12), new(91, "worker", 12), new(92, "once", 1), new(0, "other", 900)],
            },
        };
        var history = new List<ChatMessage> { Opening("orders does not start, something with its configuration") };
        await ContinueAsync(history, Round(1, [Command("processes", "x", "ps -e")], KeyValuePair.Create(key, opens)));

        var narrow = (await PlanAsync([.. history])).EbpfPrograms.Where(p => p.Name.StartsWith("open_errors_", StringComparison.Ordinal)).Select(p => p.Filters).ToList();

        Assert.Equal([new ProgramFilters { Pid = 4711, ErrorsOnly = true }, new ProgramFilters { Comm = "worker", ErrorsOnly = true }], narrow);
    }

    [Theory]
    [InlineData("orders", true)]
    [InlineData("someone-else", false)]
    public async Task A_process_that_the_issue_names_gets_a_look_of_its_own_before_another_is_blamed(string failing, bool looks)
    {
        var (key, opens) = Program("open_errors", "syscalls/sys_enter_openat", [], matched: 2000);
        opens = opens with { Statistics = new TraceStatistics { ByProcess = [new(4711, failing, 30)] } };
        var crashes = Program("process_exits", "sched/sched_process_exit",
            [.. Enumerable.Range(0, 6).Select(i => Event(2 + i, 100 + i, "imager", "sched_process_exit", new JsonObject { ["signal"] = "SIGSEGV", ["lifetime_ms"] = 240 }))]);
        var history = new List<ChatMessage> { Opening("orders crashes all the time") };
        await ContinueAsync(history, Round(1, [Command("processes", "x", "ps -e")], KeyValuePair.Create(key, opens), crashes));

        Assert.Equal(looks, (await AskAsync(history)).Content.Contains("\"ebpf_programs\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Probes_that_could_not_run_are_said_and_not_asked_for_again()
    {
        var history = new List<ChatMessage> { Opening("it is slow") };
        await ContinueAsync(history, Round(1, [], Failed("connect_errors", "syscalls/sys_enter_connect", ErrorCodes.NoPermission)));
        var resolution = await ResolveAsync(history);

        Assert.Equal(Confidence.Low, resolution.Confidence);
        Assert.Contains("Not looked at: connect_errors (syscalls/sys_enter_connect) could not run: no_permission", resolution.EbpfEvidence, StringComparison.Ordinal);
        Assert.Contains("sonde check", resolution.ResolutionPlan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Send your best resolution now: no further rounds.")]
    [InlineData("""{"protocol_error":{"message":"x","faults":[]}}""")]
    public async Task Any_message_but_results_is_answered_with_a_resolution_from_what_is_known(string message)
    {
        var history = new List<ChatMessage> { Opening("orders does not start, something with its configuration") };
        await ContinueAsync(history, Round(1, [],
            Program("open_errors", "syscalls/sys_enter_openat", [.. Enumerable.Range(0, 8).Select(i => Open(2 + i, 4711, "orders", "/etc/orders/orders.yaml", "ENOENT"))])));
        history.Add(new ChatMessage(ChatRole.Assistant, (await AskAsync(history)).Content));
        history.Add(new ChatMessage(ChatRole.User, message));

        Assert.Equal(Confidence.Medium, (await ResolveAsync(history)).Confidence);
    }

    [Fact]
    public async Task Results_with_which_a_resolution_is_required_are_answered_with_one()
    {
        var history = new List<ChatMessage> { Opening("it is slow") };
        await ContinueAsync(history, Healthy(1) with { ResolutionRequired = new ResolutionRequestBody { Reason = "The wall time is used up." } });

        Assert.Equal(Confidence.Low, (await ResolveAsync(history)).Confidence);
    }

    private static RoundResults Healthy(int round) => Round(round,
        [
            Command("listening", NoListeners),
            Command("disk_space", "Filesystem Type 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 ext4 1000000 400000 600000 40% /\n"),
            Command("memory", "MemTotal: 2000000 kB\nMemAvailable: 1500000 kB\n"),
            Command("vitals", "cpu  100 0 100 1000 0 0 0 0 0 0\ncpu  110 0 104 1580 0 0 0 0 0 0\n"),
            Command("kernel_log", "5000.00 9000.00\n"),
        ],
        Program("connect_errors", "syscalls/sys_enter_connect", [Connect(6, 61, "resolver", "[2001:db8::1]:53", "ENETUNREACH"), Connect(6, 62, "getent", "/var/run/nscd/socket", "ENOENT")]),
        Program("open_errors", "syscalls/sys_enter_openat",
        [
            .. Enumerable.Range(0, 10).Select(i => Open(5 + i * 0.1, 70, "bash", $"/usr/share/locale/de/LC_MESSAGES/{i}.mo", "ENOENT")),
            Open(7, 71, "cron", "/etc/ld.so.preload", "ENOENT"),
            Open(8, 72, "sshd", "/etc/hosts.allow", "ENOENT"),
        ]),
        Program("process_exits", "sched/sched_process_exit", [Event(6, 71, "cron", "sched_process_exit", new() { ["exit_code"] = 0 })]),
        Program("oom_victims", "oom/mark_victim", []));

    private static async Task ContinueAsync(List<ChatMessage> history, RoundResults results)
    {
        history.Add(new ChatMessage(ChatRole.Assistant, (await AskAsync(history)).Content));
        history.Add(Sent(results));
    }

    private static async Task<DiagnosticPlan> PlanAsync(params ChatMessage[] history)
    {
        var plan = ProtocolJson.Read<DiagnosticPlan>((await AskAsync(history)).Content);
        Assert.Equal("diagnostic", plan.ResponseType);
        return plan;
    }

    private static async Task<Resolution> ResolveAsync(IReadOnlyList<ChatMessage> history) => ProtocolJson.Read<Resolution>((await AskAsync(history)).Content);

    private static Task<ModelReply> AskAsync(IReadOnlyList<ChatMessage> history) => new BuiltinModel().AskAsync(history, TestContext.Current.CancellationToken);
}
