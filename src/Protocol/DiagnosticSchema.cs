namespace Sonde.Protocol;

/// <summary>
/// The JSON schema of a model's response, in the form that the contract teaches.
/// The reader accepts more; see <see cref="ModelReplyReader"/>.
/// </summary>
public static class DiagnosticSchema
{
    private static readonly Lazy<string> Loaded = new(() => EmbeddedText.Read("response.schema.json"));

    /// <summary>The schema as JSON text (draft 2020-12).</summary>
    public static string Text => Loaded.Value;
}
