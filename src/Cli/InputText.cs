namespace Sonde.Cli;

/// <summary>Text that a person names by a file, or by <c>-</c>.</summary>
internal static class InputText
{
    /// <summary>Names standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>The text, or null with the reason.</summary>
    /// <param name="path">A file or <see cref="StandardInput"/>.</param>
    /// <param name="most">Longest text that is read, in characters; what is longer comes back one character too long.</param>
    /// <param name="fault">Why there is none, for people.</param>
    public static string? Read(string path, int most, out string? fault)
    {
        try
        {
            using var reader = path == StandardInput ? new StreamReader(Console.OpenStandardInput()) : new StreamReader(path);
            var buffer = new char[most + 1];
            var length = reader.ReadBlock(buffer);
            fault = null;
            return new string(buffer, 0, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            fault = $"{path} can't be read: {e.Message}";
            return null;
        }
    }
}
