using System.Buffers;
using System.Diagnostics.CodeAnalysis;
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
[JsonSerializable(typeof(DiagnosisReport))]
[JsonSerializable(typeof(ResolutionRequest))]
[JsonSerializable(typeof(FirstMessage))]
[JsonSerializable(typeof(HostFacts))]
[JsonSerializable(typeof(ProtocolErrorMessage))]
internal sealed partial class ProtocolJsonContext : JsonSerializerContext;

/// <summary>Writes the contract's records, compact for a model or indented for people, and reads back what was written.</summary>
public static class ProtocolJson
{
    // Relaxed: `<`, `'` and non-ASCII text stay readable. Nothing here is ever put into HTML unescaped.
    private static readonly ProtocolJsonContext Compact = new(new JsonSerializerOptions(ProtocolJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    private static readonly ProtocolJsonContext Indented = new(new JsonSerializerOptions(ProtocolJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    });

    /// <summary>One document of the contract as JSON text.</summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is no document of the contract.</exception>
    public static string Write<T>(T document, bool indented = false) =>
        JsonSerializer.Serialize(document, (JsonTypeInfo<T>)(indented ? Indented : Compact).GetTypeInfo(typeof(T))!);

    /// <summary>One document as UTF-8, without text in between: for many small ones.</summary>
    public static void Write<T>(IBufferWriter<byte> output, T document)
    {
        var writer = _writer ??= new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.Reset(output);
        JsonSerializer.Serialize(writer, document, (JsonTypeInfo<T>)Compact.GetTypeInfo(typeof(T))!);
        writer.Flush();
    }

    /// <summary>
    /// Reads a document that the agent wrote, whole: a list that the text leaves out comes back null, not empty.
    /// What a model wrote goes through <see cref="ModelReplyReader"/>, which is tolerant.
    /// </summary>
    /// <exception cref="JsonException">The text is no such document.</exception>
    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize(json, (JsonTypeInfo<T>)Compact.GetTypeInfo(typeof(T))!)
        ?? throw new JsonException($"null is no {typeof(T).Name}");

    /// <summary>As <see cref="Read"/>, for text that may be something else.</summary>
    public static bool TryRead<T>(string json, [NotNullWhen(true)] out T? document) where T : class
    {
        try
        {
            document = Read<T>(json);
            return true;
        }
        catch (JsonException)
        {
            document = null;
            return false;
        }
    }
}
