using System.Text.Json.Nodes;
using Sonde.Playbooks;
using Sonde.Playbooks.Detectors;
using Sonde.Protocol;
using static Sonde.Tests.Playbooks.Recorded;

namespace Sonde.Tests.Playbooks;

public sealed class RefusedConnectionTests
{
    private const string Issue = "my app cannot connect to its database on 127.0.0.1:5999";

    [Fact]
    public void A_port_that_refuses_is_the_cause_with_process_destination_count_and_missing_listener()
    {
        var best = Best(Case(Issue, Round(1, [Command("listening", NoListeners)], Refusals(12))));

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("orders (pid 4711)", best.Cause, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:5999", best.Cause, StringComparison.Ordinal);
        Assert.Contains("12 connects in 12 s ended in ECONNREFUSED", best.Cause, StringComparison.Ordinal);
        Assert.Contains("No process on this host listens on TCP port 5999", best.Cause, StringComparison.Ordinal);
        Assert.Contains(best.Evidence, e => e.StartsWith("connect_errors_1790000000: 12 connects", StringComparison.Ordinal));
        Assert.Contains(best.Evidence, e => e.StartsWith("listening: no socket listens on TCP port 5999 (3 listening", StringComparison.Ordinal));
        Assert.Null(best.Proof);
    }

    [Fact]
    public void The_kernels_own_table_proves_a_missing_listener_too()
    {
        const string proc =
            """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1001 1
               0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1002 1
            """;

        Assert.Contains(Best(Case(Issue, Round(1, [Command("listening", proc)], Refusals(3)))).Evidence, e => e.Contains("(2 listening sockets", StringComparison.Ordinal));
    }

    [Fact]
    public void A_service_bound_to_another_address_is_named()
    {
        var refused = Program("connect_errors", "syscalls/sys_enter_connect",
            [.. Enumerable.Range(0, 5).Select(i => Connect(3 + i, 4711, "orders", "10.0.0.5:5432", "ECONNREFUSED"))]);
        var file = new CaseFile("orders can't reach postgres at 10.0.0.5:5432",
            new HostFacts { Addresses = [new AddressFacts("eth0", "10.0.0.5/24")] },
            [Round(1, [Command("listening", NoListeners)], refused)]);

        Assert.Contains("open only on 127.0.0.1:5432 (postgres, pid 812)", Best(file).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_listing_of_sockets_a_proof_is_asked_for_and_confidence_is_not_high()
    {
        var best = Best(Case(Issue, Round(1, [], Refusals(12))));

        Assert.Equal(Confidence.Medium, best.Confidence);
        Assert.Equal("listening_again", Assert.Single(best.Proof!.Commands).Id);
    }

    [Fact]
    public void Localhost_tried_as_IPv6_first_and_connected_by_IPv4_is_no_cause()
    {
        var connects = Program("connects", "syscalls/sys_enter_connect",
        [
            .. Enumerable.Range(0, 6).SelectMany(i => new[]
            {
                Connect(i, 4711, "orders", "[::1]:5432", "ECONNREFUSED"),
                Connect(i + 0.1, 4711, "orders", "127.0.0.1:5432", null),
            }),
        ]);

        Assert.All(Examine(Case("the shop is slow to connect", Round(1, [Command("listening", NoListeners)], connects))).Findings, f => Assert.False(f.IsCause));
    }

    [Fact]
    public void A_refusal_that_comes_after_a_connect_that_did_not_wait_is_found()
    {
        var begun = Program("connects", "syscalls/sys_enter_connect",
            [.. Enumerable.Range(0, 4).Select(i => Connect(3 + i, 900, "node", "127.0.0.1:5999", "EINPROGRESS"))]);
        var states = Program("tcp_states", "sock/inet_sock_set_state",
            [Event(3, 900, "node", "inet_sock_set_state", new JsonObject { ["oldstate"] = "TCP_SYN_SENT", ["newstate"] = "TCP_CLOSE", ["destination"] = "127.0.0.1:5999" })]);
        var resets = Program("resets", "tcp/tcp_receive_reset",
            [Event(3, 900, "node", "tcp_receive_reset", new JsonObject { ["destination"] = "127.0.0.1:5999" })]);

        var best = Best(Case(Issue, Round(1, [Command("listening", NoListeners)], begun, states, resets)));

        Assert.Equal(Confidence.High, best.Confidence);
        Assert.Contains("node (pid 900)", best.Cause, StringComparison.Ordinal);
        Assert.Empty(Examine(Case(Issue, Round(1, [], begun))).Findings);
    }

    [Fact]
    public void Another_process_that_is_refused_is_not_blamed_for_an_issue_about_something_else()
    {
        var scraper = Program("connect_errors", "syscalls/sys_enter_connect", [Connect(5, 77, "scraper", "127.0.0.1:9100", "ECONNREFUSED")]);

        Assert.DoesNotContain(Examine(Case("the CPU is at 100% and all is slow", Round(1, [Command("listening", NoListeners)], scraper))).Findings, f => f.IsCause);
    }

    [Fact]
    public void The_port_that_the_issue_names_wins_over_one_refused_more_often()
    {
        var both = Program("connect_errors", "syscalls/sys_enter_connect",
            [.. Refusals(4).Value.Events, .. Enumerable.Range(0, 20).Select(i => Connect(3 + i * 0.1, 77, "scraper", "127.0.0.1:9100", "ECONNREFUSED"))]);

        Assert.Contains("127.0.0.1:5999", Best(Case(Issue, Round(1, [Command("listening", NoListeners)], both))).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sample_smaller_than_the_count_is_said_so()
    {
        var (key, program) = Refusals(5);
        var sampled = KeyValuePair.Create(key, program with { EventCount = 900, Counts = new EventCounts { Matched = 900, Delivered = 300, SampledOut = 600 } });

        Assert.Contains("at least 5 connects", Best(Case(Issue, Round(1, [Command("listening", NoListeners)], sampled))).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void With_no_refusal_seen_it_is_ruled_out_with_the_figures() =>
        Assert.Contains("none in connect_errors_1790000000 (0 events in 12 s)",
            Examine(Case(Issue, Round(1, [], Program("connect_errors", "syscalls/sys_enter_connect", [])))).RuledOut, StringComparison.Ordinal);

    [Fact]
    public void A_program_that_could_not_run_rules_nothing_out() =>
        Assert.Equal(Examination.Nothing, Examine(Case(Issue, Round(1, [], Failed("connect_errors", "syscalls/sys_enter_connect", ErrorCodes.NoPermission)))));

    private static KeyValuePair<string, ProgramResult> Refusals(int count) => Program("connect_errors", "syscalls/sys_enter_connect",
        [.. Enumerable.Range(0, count).Select(i => Connect(i * 0.9, 4711, "orders", "127.0.0.1:5999", "ECONNREFUSED"))]);

    private static Examination Examine(CaseFile file) => new RefusedConnection().Examine(file);

    private static Finding Best(CaseFile file) => Examine(file).Findings[0];
}
