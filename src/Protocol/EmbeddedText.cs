namespace Sonde.Protocol;

/// <summary>Texts that travel inside the executable.</summary>
internal static class EmbeddedText
{
    /// <summary>An embedded file by its name.</summary>
    public static string Read(string name)
    {
        using var stream = typeof(EmbeddedText).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded in this executable");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
