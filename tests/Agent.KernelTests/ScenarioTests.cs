using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Sonde.Tests;

/// <summary>A fault made for real, an issue in an operator's words, and the published binary with its playbooks: the cause is checked by its facts.</summary>
public sealed class ScenarioTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);

    [Theory]
    [InlineData("waiting", "my app cannot connect to its database on 127.0.0.1:{0}")]
    [InlineData("nonblocking", "orders-api can't reach its backend since the last deployment")]
    public async Task A_port_that_refuses_is_found_with_process_and_count(string manner, string issue)
    {
        var port = FreePort();
        await using var scenario = await Scenario.StartAsync("refused", "orders-api", $"{port}", manner);

        var resolution = await DiagnoseAsync(string.Format(issue, port));

        AssertCause(resolution, $"127.0.0.1:{port}", $"orders-api (pid {scenario.Pid})");
        Assert.Contains("listens", resolution.Cause, StringComparison.Ordinal);
        Assert.Equal("High", resolution.Confidence);
        Assert.Matches(@"\d+ connects", resolution.Evidence);
    }

    [Fact]
    public async Task A_missing_file_is_found_with_path_and_process()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("sonde-missing-").FullName, "ledger.conf");
        await using var scenario = await Scenario.StartAsync("missing-file", "ledgerd", path);

        var resolution = await DiagnoseAsync("ledgerd does not start to work, something about its configuration is wrong");

        AssertCause(resolution, path, $"ledgerd (pid {scenario.Pid})", "ENOENT");
        Assert.Equal("High", resolution.Confidence);
        Directory.Delete(Path.GetDirectoryName(path)!);
    }

    [Fact]
    public async Task An_unreadable_file_is_found_with_path_process_user_and_mode()
    {
        var folder = Directory.CreateTempSubdirectory("sonde-unreadable-").FullName;
        var path = Path.Combine(folder, "signing.key");
        await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var scenario = await Scenario.StartAsync("missing-file", "signerd", path, "65534");

        var resolution = await DiagnoseAsync("signerd logs permission denied and signs nothing");

        AssertCause(resolution, path, $"signerd (pid {scenario.Pid})", "EACCES", "uid 65534", "-rw-------");
        Assert.Equal("High", resolution.Confidence);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task With_nothing_wrong_no_cause_is_claimed_with_confidence()
    {
        var resolution = await DiagnoseAsync("a customer says that reports could not be opened yesterday");

        Assert.NotEqual("High", resolution.Confidence);
    }

    private static void AssertCause(Answer answer, params string[] facts) =>
        Assert.All(facts, fact => Assert.True(answer.Cause.Contains(fact, StringComparison.Ordinal), $"{fact} is not in: {answer.Cause}\n{answer.Evidence}"));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<Answer> DiagnoseAsync(string issue)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "tracing needs root");
        var reports = Directory.CreateTempSubdirectory("sonde-report-").FullName;
        var start = new ProcessStartInfo(Binary(), ["diagnose", "--json", "--report", reports, issue]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in new[] { "NANNYAPI_ENDPOINT", "NANNYAPI_MODEL", "OPENAI_BASE_URL", "OPENAI_MODEL" })
        {
            start.Environment.Remove(name);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        using var sonde = Process.Start(start)!;
        try
        {
            var progress = sonde.StandardError.ReadToEndAsync(limit.Token);
            var json = await sonde.StandardOutput.ReadToEndAsync(limit.Token);
            await sonde.WaitForExitAsync(limit.Token);
            Assert.True(sonde.ExitCode == 0, $"exit code {sonde.ExitCode}\n{await progress}");

            var report = JsonNode.Parse(json)!;
            Assert.Equal("builtin", (string?)report["model"]);
            var resolution = report["resolution"]!;
            return new Answer((string)resolution["root_cause"]!, (string)resolution["confidence"]!, (string?)resolution["ebpf_evidence"] ?? "");
        }
        finally
        {
            if (!sonde.HasExited)
            {
                sonde.Kill();
            }

            Directory.Delete(reports, recursive: true);
        }
    }

    private static string Binary([CallerFilePath] string here = "") =>
        Environment.GetEnvironmentVariable("SONDE_BINARY") is { Length: > 0 } named
            ? named
            : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "dist", "sonde"));

    private sealed record Answer(string Cause, string Confidence, string Evidence);
}
