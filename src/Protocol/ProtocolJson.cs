using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Sonde.Protocol;

/// <summary>The contract's records as JSON, by source generation.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DiagnosticPlan))]
[JsonSerializable(typeof(Resolution))]
[JsonSerializable(typeof(RoundResults))]
[JsonSerializable(typeof(ProgramResult))]
[JsonSerializable(typeof(TraceEvent))]
internal sealed partial class ProtocolJsonContext : JsonSerializerContext;

/// <summary>Writes the contract's records: compact for a model, indented for people.</summary>
public static class ProtocolJson
{
    // Relaxed: `<`, `'` and non-ASCII text stay readable. Nothing here is ever put into HTML unescaped.
    private static readonly ProtocolJsonContext Compact = new(new JsonSerializerOptions(ProtocolJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private static readonly ProtocolJsonContext Indented = new(new JsonSerializerOptions(ProtocolJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    });

    /// <summary>One document of the contract as JSON text.</summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is no document of the contract.</exception>
    public static string Write<T>(T document, bool indented = false) =>
        JsonSerializer.Serialize(document, (JsonTypeInfo<T>)(indented ? Indented : Compact).GetTypeInfo(typeof(T))!);
}
