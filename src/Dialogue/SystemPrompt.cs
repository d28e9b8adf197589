using Sonde.Protocol;

namespace Sonde.Dialogue;

/// <summary>What a language model is taught before a diagnosis: the contract, the probes, and how to read results.</summary>
internal static class SystemPrompt
{
    private static readonly Lazy<string> Loaded = new(() => EmbeddedText.Read("SystemPrompt.md"));

    /// <summary>Markdown. It holds no template syntax, so a gateway's template engine passes it on as it is.</summary>
    public static string Text => Loaded.Value;
}
