using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Sonde.VmTests;

/// <summary>
/// Tracepoints of every kind, and functions drawn at random with a fixed seed, load, attach and count what a workload is known to do.
/// A sample on the oldest and the newest kernel; with <c>SONDE_WIDE=1</c> (make test-wide) all tracepoints and 300 functions on every kernel.
/// </summary>
public sealed class BreadthTests
{
    private const string Case = "breadth";
    private const int KnownCalls = 20;

    private static readonly string[] Known =
    [
        "tracepoint syscalls/sys_enter_connect", "tracepoint syscalls/sys_exit_connect", "tracepoint syscalls/sys_enter_socket",
        "kprobe tcp_connect", "kprobe tcp_v4_connect", "kprobe inet_stream_connect", "kprobe __sys_connect",
        "kretprobe tcp_v4_connect", "kretprobe inet_stream_connect", "kretprobe __sys_connect",
    ];

    // The oldest and the newest have least in common.
    private static readonly string[] Sampled = ["5.10", "7"];

    private static bool IsWide => Environment.GetEnvironmentVariable("SONDE_WIDE") == "1";

    public static TheoryData<string> Kernels => [.. Repository.Kernels];

    [Theory]
    [MemberData(nameof(Kernels))]
    public async Task Targets_of_every_kind_attach_and_count(string kernel)
    {
        var skip = Repository.SkipReason(kernel);
        Assert.SkipWhen(skip is not null, skip ?? "");
        Assert.SkipUnless(Repository.IsWanted(Case), "SONDE_VM_CASES does not name breadth");
        Assert.SkipUnless(IsWide || Sampled.Contains(kernel), "part of make test-wide");

        var folder = Folder(kernel);
        var files = await RunAsync(kernel, folder);
        var results = files.Where(file => file.Key.StartsWith("result-", StringComparison.Ordinal)).SelectMany(file => Programs(file.Value)).ToList();
        var failures = results.SelectMany(result => Failures(result, mayMiss: Repository.PreemptsPrograms(kernel))).Order(StringComparer.Ordinal).ToList();
        await File.WriteAllTextAsync(Path.Combine(folder, "breadth.md"), Summary(kernel, results, failures), TestContext.Current.CancellationToken);
        if (IsWide)
        {
            WritePage();
        }

        Assert.True(results.Count >= (IsWide ? 1000 : 100), $"only {results.Count} programs came back: {files.GetValueOrDefault("stderr")}");
        Assert.Empty(Known.Except(results.Select(Named)));
        Assert.Empty(failures);
    }

    private static async Task<IReadOnlyDictionary<string, string>> RunAsync(string kernel, string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        var cases = Directory.CreateDirectory(Path.Combine(folder, "cases")).FullName;
        await File.WriteAllTextAsync(Path.Combine(cases, Case), IsWide ? "all 300\n" : "40 30\n", TestContext.Current.CancellationToken);
        var initramfs = Path.Combine(folder, "initramfs");
        var (code, said) = await GuestScript.RunAsync("initramfs.sh", TestContext.Current.CancellationToken, initramfs, Repository.Binary, cases);
        Assert.True(code == 0, $"the guest could not be packed: {said}");
        (code, said) = await GuestScript.OnAProcessorAsync(
            () => GuestScript.RunAsync("boot.sh", TestContext.Current.CancellationToken, kernel, initramfs, folder), TestContext.Current.CancellationToken);
        Assert.True(code == 0, $"the guest did not get through: {said}");
        return GuestResults.Read(await File.ReadAllBytesAsync(Path.Combine(folder, "results"), TestContext.Current.CancellationToken))[Case];
    }

    private static IEnumerable<JsonObject> Programs(string printed) =>
        printed.Length == 0 ? [] : JsonNode.Parse(printed)!["ebpf_results"]!.AsObject().Select(result => result.Value!.AsObject());

    private static string Named(JsonObject result) => $"{result["type"]} {result["target"]}";

    private static IEnumerable<string> Failures(JsonObject result, bool mayMiss)
    {
        if (result["error"] is JsonObject error)
        {
            yield return $"{Named(result)}: {error["code"]}: {error["message"]}";
            yield break;
        }

        var counts = result["counts"]!;
        long Of(string field) => (long)counts[field]!;
        if (Of("matched") != Of("delivered") + Of("sampled_out") + Of("lost"))
        {
            yield return $"{Named(result)}: counts do not add up: {counts.ToJsonString()}";
        }

        if (Known.Contains(Named(result)) && (Of("matched") > KnownCalls || Of("matched") + (mayMiss ? Of("missed") : 0) < KnownCalls))
        {
            yield return $"{Named(result)}: {KnownCalls} calls were made, {Of("matched")} counted: {counts.ToJsonString()}";
        }
    }

    // What each kernel's latest run found: its lines of the table, then what failed, by name.
    private static void WritePage()
    {
        var lines = Kernels.Select(row => row.Data).Select(kernel => Path.Combine(Folder(kernel), "breadth.md")).Where(File.Exists).SelectMany(File.ReadLines).ToLookup(line => line[0] == '|');
        var failed = lines[false].Any() ? string.Join("\n", lines[false]) : "Nothing was refused and no count was wrong.";
        Compatibility.WriteSection("wide run", $"| kernel | asked as | programs | attached as |\n|---|---|---|---|\n{string.Join("\n", lines[true])}\n\n{failed}\n");
    }

    private static string Folder(string kernel) => Path.Combine(Repository.Root, "artifacts", "vm-breadth", kernel);

    private static string Summary(string kernel, List<JsonObject> results, List<string> failures)
    {
        var text = new StringBuilder();
        foreach (var type in results.GroupBy(result => (string)result["type"]!))
        {
            var mechanisms = type.GroupBy(result => ((string?)result["attached"])?.Split(':')[0] ?? "refused").OrderByDescending(group => group.Count())
                .Select(group => $"{group.Key} {group.Count()}");
            text.AppendLine(CultureInfo.InvariantCulture, $"| {kernel} | {type.Key} | {type.Count()} | {string.Join(", ", mechanisms)} |");
        }

        failures.ForEach(failure => text.AppendLine(CultureInfo.InvariantCulture, $"- {kernel}: {failure}"));
        return text.ToString();
    }
}
