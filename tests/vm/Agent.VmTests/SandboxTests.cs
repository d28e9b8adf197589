using System.Text.Json.Nodes;

namespace Sonde.VmTests;

/// <summary>
/// The command sandbox against commands that change a host. Each is first shown to do so, in a guest that forgets; then none may, compared before and after.
/// </summary>
public sealed class SandboxTests(SandboxGuest guest, ITestOutputHelper output) : IClassFixture<SandboxGuest>
{
    // On the oldest kernel the read-only view is made mount by mount.
    public static TheoryData<string> Kernels => ["6.12", "5.10"];

    [Theory]
    [MemberData(nameof(Kernels))]
    public async Task No_command_of_the_corpus_changes_the_guest(string kernel)
    {
        var files = await guest.OnAsync(kernel);
        var commands = guest.Groups.Sum(static group => group.Commands.Count);
        var changed = new List<string>();
        var compared = files.Keys.Where(static name => name.EndsWith(".before", StringComparison.Ordinal)).ToList();
        foreach (var before in compared)
        {
            var after = files[before.Replace(".before", ".after", StringComparison.Ordinal)];
            changed.AddRange(Differences(before, files[before], after));
        }

        var results = files.Where(static file => file.Key.Contains("-plan-", StringComparison.Ordinal)).SelectMany(static file => Commands(file.Value)).ToList();
        output.WriteLine($"{commands} commands that change a host, {changed.Count} differences in the sandbox on {kernel}, {results.Count(static result => result["exit_code"] is null)} ended at their deadline; {files.GetValueOrDefault("check", "").Split('\n').FirstOrDefault(static line => line.Contains("commands", StringComparison.Ordinal))}");
        Assert.True(commands >= 300);
        // Each group's state, the guest's as a whole and systemd's.
        Assert.Equal(guest.Groups.Count + 2, compared.Count);
        Assert.True(changed.Count == 0, string.Join('\n', changed));
        Assert.Equal("", files["left"].Trim());
        Assert.Equal(commands, results.Count);
        Assert.All(results, static result => Assert.NotEqual(125, (int?)result["exit_code"]));
    }

    [Fact]
    public async Task Every_command_of_the_corpus_changes_a_guest_that_lets_it()
    {
        var files = await guest.OnAsync("6.12");
        var ineffective = files["ineffective"].Split('\n', StringSplitOptions.RemoveEmptyEntries);

        output.WriteLine($"{guest.Groups.Sum(static group => group.Commands.Count) - ineffective.Length} of {guest.Groups.Sum(static group => group.Commands.Count)} shown to work");
        Assert.True(ineffective.Length == 0, string.Join('\n', ineffective.Select(name => $"{name}: {guest.CommandOf(name)}")));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public async Task Systemd_refuses_to_change_and_answers_what_is_asked(string kernel)
    {
        var files = await guest.OnAsync(kernel);
        var results = Commands(files["systemd-result.json"]);
        var asked = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(MutationCorpus.Folder, "systemd.json"), TestContext.Current.CancellationToken))!["commands"]!.AsArray();

        Assert.Equal(asked.Select(static command => (string?)command!["id"]), results.Select(static result => (string?)result["id"]));
        foreach (var result in results)
        {
            var id = (string)result["id"]!;
            if (id.StartsWith("refused-", StringComparison.Ordinal))
            {
                Assert.StartsWith("Refused: ", (string?)result["error"], StringComparison.Ordinal);
            }
            else if (id.StartsWith("fails-", StringComparison.Ordinal))
            {
                Assert.True((int?)result["exit_code"] != 0, result.ToJsonString());
            }
            else
            {
                Assert.True((int?)result["exit_code"] == 0 && (string?)result["stdout"] != "" && result["error"] is null, result.ToJsonString());
            }
        }
    }

    private static List<JsonNode> Commands(string json) => [.. JsonNode.Parse(json)!["command_results"]!.AsArray().OfType<JsonNode>()];

    private static IEnumerable<string> Differences(string name, string before, string after)
    {
        var (old, now) = (before.Split('\n'), after.Split('\n'));
        return [.. old.Except(now).Select(line => $"{name}: gone: {line}"), .. now.Except(old).Select(line => $"{name}: new: {line}")];
    }
}

/// <summary>Runs the corpus once in a guest of each kernel that is asked for.</summary>
public sealed class SandboxGuest : IDisposable
{
    // Seconds that a guest may take for all of it.
    private const int Patience = 900;

    private readonly string _folder = Directory.CreateTempSubdirectory("sonde-corpus-").FullName;
    private readonly Dictionary<string, Task<IReadOnlyDictionary<string, string>>> _runs = [];

    internal IReadOnlyList<MutationGroup> Groups { get; } = MutationCorpus.Load();

    public string CommandOf(string name)
    {
        var path = Path.Combine(_folder, "6.12", "corpus", name);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : "";
    }

    public Task<IReadOnlyDictionary<string, string>> OnAsync(string kernel)
    {
        Assert.SkipWhen(Repository.SkipReason(kernel) is not null, Repository.SkipReason(kernel) ?? "");
        Assert.SkipUnless(Repository.IsWanted("sandbox"), "SONDE_VM_CASES leaves it out");
        lock (_runs)
        {
            // Side by side, on two processors.
            foreach (var each in SandboxTests.Kernels.Select(static row => row.Data).Where(static each => Repository.SkipReason(each) is null))
            {
                _ = _runs.ContainsKey(each) || _runs.TryAdd(each, RunAsync(each));
            }

            return _runs[kernel];
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<IReadOnlyDictionary<string, string>> RunAsync(string kernel)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, kernel)).FullName;
        MutationCorpus.Write(Groups, folder);
        if (kernel != "6.12")
        {
            // Shown once is enough.
            await File.WriteAllTextAsync(Path.Combine(folder, "no-proof"), "");
        }

        var results = Path.Combine(Repository.Root, "artifacts", "vm", $"sandbox-{kernel}");
        var (code, said) = await GuestScript.OnAProcessorAsync(
            () => GuestScript.RunAsync("run-guest.sh", Patience, CancellationToken.None, "--systemd", kernel, folder, results), CancellationToken.None);
        Assert.True(code == 0, said);
        return Directory.GetFiles(results).ToDictionary(static file => Path.GetFileName(file), File.ReadAllText);
    }
}
