using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Sonde.Tests.Kernel;

/// <summary>The published executable inside a pid namespace of its own, as in a pod: its ids are that namespace's.</summary>
public sealed class NamespaceTests
{
    [Fact]
    public async Task A_pid_filter_inside_a_pid_namespace_takes_that_namespaces_id()
    {
        Assert.SkipUnless(Sonde.Kernel.KernelFeatures.CanTrace, "tracing needs root, or CAP_BPF and CAP_PERFMON");
        Assert.SkipUnless(PublishedBinary.Path is not null, "needs dist/sonde: build it with ./build.sh");
        var folder = Directory.CreateTempSubdirectory("sonde-namespace-").FullName;
        var ready = Path.Combine(folder, "ready");

        // The first process of the namespace waits; the traced shell gets a small id there and another one outside.
        var script = $"""
            mkfifo '{folder}/gate'
            sh -c 'read go < "{folder}/gate"; for i in 1 2 3 4; do true < /nonexistent/in-the-namespace; done 2>/dev/null' &
            traced=$!
            '{PublishedBinary.Path}' trace tracepoint syscalls/sys_enter_openat --pid $traced -d 60 --json --ready-file '{ready}' &
            sonde=$!
            while [ ! -e '{ready}' ] && kill -0 $sonde; do sleep 0.02; done
            echo go > '{folder}/gate'
            wait $traced
            kill -TERM $sonde
            wait $sonde
            echo $traced
            """;
        using var unshare = Process.Start(new ProcessStartInfo("unshare", ["--pid", "--fork", "--mount-proc", "sh", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = unshare.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var lines = (await unshare.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await unshare.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(lines.Length > 2, await errors);
        Directory.Delete(folder, recursive: true);
        var traced = int.Parse(lines[^1], CultureInfo.InvariantCulture);
        var result = JsonNode.Parse(lines[^2])!["result"]!;
        Assert.Equal(4, (int)result["statistics"]!["errors"]!["ENOENT"]!);
        Assert.All(result["events"]!.AsArray(), one =>
        {
            Assert.Equal(traced, (int)one!["process_id"]!);
            Assert.True((int)one["host_process_id"]! > traced);
        });
        Assert.Equal(traced, (int)result["statistics"]!["by_process"]![0]!["process_id"]!);
    }
}
