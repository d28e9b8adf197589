using Sonde.Protocol;

namespace Sonde.Dialogue;

/// <summary>A folder that a TensorZero gateway can be started on: configuration, system prompt, output schema, the steps.</summary>
internal static class TensorZeroKit
{
    private const string Function = "functions/diagnose_and_heal/";

    /// <summary>Every file by its path in the folder.</summary>
    public static IReadOnlyDictionary<string, string> Files { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["README.md"] = EmbeddedText.Read("tensorzero/README.md"),
        ["compose.yaml"] = EmbeddedText.Read("tensorzero/compose.yaml"),
        ["tensorzero.toml"] = EmbeddedText.Read("tensorzero/tensorzero.toml"),
        [Function + "output_schema.json"] = DiagnosticSchema.Text,
        [Function + "system_template.minijinja"] = SystemPrompt.Text,
    };

    /// <summary>
    /// Writes the folder, creating it where needed. A file that exists with other content is left alone, and then nothing at all is
    /// written, unless <paramref name="force"/> allows to replace it.
    /// </summary>
    public static TensorZeroKitOutcome Write(string directory, bool force = false)
    {
        if (string.IsNullOrWhiteSpace(directory))
        {
            return new TensorZeroKitOutcome([], "no folder was named");
        }

        try
        {
            var missing = Files.Keys.Where(path => !HasContent(Path.Combine(directory, path), Files[path])).ToList();
            var changed = missing.Where(path => Path.Exists(Path.Combine(directory, path))).ToList();
            if (changed.Count > 0 && !force)
            {
                return new TensorZeroKitOutcome(
                    [],
                    $"{directory} already has {string.Join(", ", changed)} with other content; nothing was written. "
                    + "Use --force to replace, or name another folder");
            }

            foreach (var path in missing)
            {
                var full = Path.Combine(directory, path);
                Directory.CreateDirectory(Path.GetDirectoryName(full)!);
                File.WriteAllText(full, Files[path]);
            }

            return new TensorZeroKitOutcome(missing, null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new TensorZeroKitOutcome([], $"writing the TensorZero folder {directory} failed: {exception.Message}");
        }
    }

    private static bool HasContent(string path, string content) => File.Exists(path) && File.ReadAllText(path) == content;
}

/// <summary>What became of the folder.</summary>
/// <param name="Written">Files written, relative to it; those already there with the same content are left out.</param>
/// <param name="Error">Why it isn't complete; null when it is.</param>
internal sealed record TensorZeroKitOutcome(IReadOnlyList<string> Written, string? Error);
