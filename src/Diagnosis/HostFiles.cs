using System.Globalization;

namespace Sonde.Diagnosis;

/// <summary>Reads small files of /proc, /sys and /etc; a file that can't be read is empty.</summary>
internal sealed class HostFiles(string root)
{
    /// <summary>The first line, or null.</summary>
    public string? Line(string path) => Lines(path) is [var line, ..] && line.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>The first line's words.</summary>
    public IReadOnlyList<string> Fields(string path) => Line(path)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    public IReadOnlyList<string> Lines(string path)
    {
        try
        {
            return File.ReadAllLines(Full(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public bool Exists(string path) => Path.Exists(Full(path));

    public static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private string Full(string path) => root == "/" ? path : root + path;
}
