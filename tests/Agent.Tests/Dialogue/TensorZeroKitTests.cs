using System.Text.RegularExpressions;
using Sonde.Dialogue;
using Sonde.Protocol;

namespace Sonde.Tests.Dialogue;

public sealed partial class TensorZeroKitTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public void It_writes_prompt_schema_configuration_and_steps()
    {
        var outcome = TensorZeroKit.Write(_folder);

        Assert.Null(outcome.Error);
        Assert.Equal(
            [
                "README.md", "compose.yaml", "functions/diagnose_and_heal/output_schema.json",
                "functions/diagnose_and_heal/system_template.minijinja", "tensorzero.toml",
            ],
            outcome.Written);
        Assert.Equal(SystemPrompt.Text, Read("functions/diagnose_and_heal/system_template.minijinja"));
        Assert.Equal(DiagnosticSchema.Text, Read("functions/diagnose_and_heal/output_schema.json"));
    }

    [Fact]
    public void Every_file_that_the_configuration_names_is_in_the_folder()
    {
        var named = NamedFile().Matches(TensorZeroKit.Files["tensorzero.toml"]).Select(match => match.Groups[1].Value).ToList();

        Assert.Equal(2, named.Count);
        Assert.All(named, path => Assert.Contains(path, TensorZeroKit.Files.Keys));
    }

    [Fact]
    public void The_function_takes_plain_text_and_returns_json()
    {
        var toml = TensorZeroKit.Files["tensorzero.toml"];

        Assert.Contains("[functions.diagnose_and_heal]\ntype = \"json\"", toml, StringComparison.Ordinal);
        Assert.DoesNotContain("user_schema", toml, StringComparison.Ordinal);
        Assert.DoesNotContain("system_schema", toml, StringComparison.Ordinal);
        Assert.Contains("model = \"diagnostician\"", toml, StringComparison.Ordinal);
        Assert.Contains("[models.diagnostician]", toml, StringComparison.Ordinal);
    }

    [Fact]
    public void The_steps_name_what_the_agent_needs()
    {
        var steps = TensorZeroKit.Files["README.md"];

        Assert.Contains("NANNYAPI_ENDPOINT=http://localhost:3000/openai/v1", steps, StringComparison.Ordinal);
        Assert.Contains("NANNYAPI_MODEL=tensorzero::function_name::diagnose_and_heal", steps, StringComparison.Ordinal);
        Assert.Contains("sonde check", steps, StringComparison.Ordinal);
    }

    [Fact]
    public void The_repositorys_own_copy_is_what_it_writes()
    {
        var copy = Path.Combine(RepositoryRoot(), "deploy", "tensorzero");
        var files = Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(copy, file));

        Assert.Equal(TensorZeroKit.Files.Keys, files.Order(StringComparer.Ordinal));
        Assert.All(TensorZeroKit.Files, file => Assert.Equal(file.Value, File.ReadAllText(Path.Combine(copy, file.Key))));
    }

    [Fact]
    public void A_changed_file_is_kept_and_nothing_is_written_beside_it()
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "tensorzero.toml"), "# mine");

        var outcome = TensorZeroKit.Write(_folder);

        Assert.Contains("tensorzero.toml", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("--force", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("# mine", Read("tensorzero.toml"));
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Force_replaces_a_changed_file()
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "tensorzero.toml"), "# mine");

        Assert.Null(TensorZeroKit.Write(_folder, force: true).Error);
        Assert.Equal(TensorZeroKit.Files["tensorzero.toml"], Read("tensorzero.toml"));
    }

    [Fact]
    public void Writing_twice_changes_nothing()
    {
        TensorZeroKit.Write(_folder);

        var again = TensorZeroKit.Write(_folder);

        Assert.Null(again.Error);
        Assert.Empty(again.Written);
    }

    [Fact]
    public void A_file_where_the_folder_should_be_is_an_error_that_names_it()
    {
        File.WriteAllText(_folder, "");
        try
        {
            Assert.Contains(_folder, TensorZeroKit.Write(_folder).Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(_folder);
        }
    }

    private string Read(string path) => File.ReadAllText(Path.Combine(_folder, path));

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Agent.csproj")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }

    [GeneratedRegex("^(?:output_schema|system_template) = \"([^\"]+)\"$", RegexOptions.Multiline)]
    private static partial Regex NamedFile();
}
