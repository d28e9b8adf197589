using System.Text.RegularExpressions;

namespace Sonde.Tests.Shape;

/// <summary>What may depend on what: the lines of docs/architecture.md, held against the sources.</summary>
public sealed partial class ArchitectureTests
{
    // A folder of src and the folders whose namespaces it may use.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Interop"] = [],
        ["Protocol"] = [],
        ["Redaction"] = ["Protocol"],
        ["Rings"] = ["Interop"],
        ["Kernel"] = ["Interop"],
        ["Commands"] = ["Protocol", "Interop"],
        ["Dialogue"] = ["Protocol"],
        ["Playbooks"] = ["Protocol", "Dialogue"],
        ["Report"] = ["Protocol"],
        ["Tracing"] = ["Protocol", "Kernel", "Rings", "Interop"],
        ["Diagnosis"] = ["Dialogue", "Playbooks", "Commands", "Tracing", "Redaction", "Kernel", "Protocol", "Report", "Interop"],
        ["Cli"] = ["Diagnosis", "Redaction", "Dialogue", "Playbooks", "Commands", "Tracing", "Kernel", "Protocol", "Report", "Interop"],
    };

    public static TheoryData<string> Folders => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_uses_only_what_it_may(string folder)
    {
        var allowed = Allowed[folder];
        var wrong = from file in Sources(folder)
                    from Match use in Using().Matches(File.ReadAllText(file))
                    let used = use.Groups["folder"].Value
                    where used != folder && Allowed.ContainsKey(used) && !allowed.Contains(used)
                    select $"{Path.GetFileName(file)} uses {used}";

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_folder_of_src_has_its_line_here() =>
        Assert.Equal(Allowed.Keys.Order(), Directory.GetDirectories(Source()).Select(Path.GetFileName).Order());

    [Fact]
    public void Nothing_but_Interop_declares_an_import()
    {
        var wrong = Directory.EnumerateFiles(Source(), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith(Path.Combine(Source(), "Interop") + "/", StringComparison.Ordinal))
            .Where(file => Import().IsMatch(File.ReadAllText(file)));

        Assert.Empty(wrong);
    }

    [Fact]
    public void Source_files_stay_short_enough_to_be_one_thing()
    {
        var wrong = Directory.EnumerateFiles(Source(), "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadLines(file).Count() > 350)
            .Select(file => Path.GetRelativePath(Source(), file))
            .Where(file => !file.StartsWith("Kernel/Arch/", StringComparison.Ordinal));

        Assert.Empty(wrong);
    }

    private static IEnumerable<string> Sources(string folder) => Directory.EnumerateFiles(Path.Combine(Source(), folder), "*.cs", SearchOption.AllDirectories);

    private static string Source()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Agent.csproj")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("the tests run outside the repository"), "src");
    }

    [GeneratedRegex(@"\b(?:using\s+(?:static\s+|\w+\s*=\s*)?Sonde|global::Sonde|Sonde)\.(?<folder>\w+)")]
    private static partial Regex Using();

    [GeneratedRegex(@"\[(?:LibraryImport|DllImport)\b")]
    private static partial Regex Import();
}
