using System.Globalization;

namespace Sonde.Commands.Sandboxing;

/// <summary>
/// Paths as a confined program names them. They only choose which file to try: whatever they say, the supervisor opens nothing outside the scratch folder.
/// </summary>
internal static class ConfinedPath
{
    /// <summary>An absolute path without <c>.</c>, <c>..</c> and empty parts.</summary>
    /// <param name="path">As it was passed.</param>
    /// <param name="folderLink">A link of /proc to the folder that a relative path starts in.</param>
    public static string Absolute(string path, string folderLink)
    {
        var whole = path.StartsWith('/') ? path : $"{FolderOf(folderLink)}/{path}";
        var parts = new List<string>();
        foreach (var part in whole.Split('/'))
        {
            if (part == "..")
            {
                parts.RemoveRange(Math.Max(0, parts.Count - 1), Math.Min(1, parts.Count));
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        return "/" + string.Join('/', parts);
    }

    /// <summary>The path relative to a folder above it; null where it lies elsewhere.</summary>
    public static string? Beneath(string path, string folder) =>
        path.Length > folder.Length + 1 && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal) ? path[(folder.Length + 1)..]
        : path == folder ? "."
        : null;

    /// <summary>The number of a program's own descriptor that a path names, as <c>/dev/stderr</c> and <c>/proc/self/fd/1</c> do.</summary>
    public static int? OwnDescriptor(string path, int process)
    {
        if (path is "/dev/stdout" or "/dev/stderr")
        {
            return path == "/dev/stdout" ? 1 : 2;
        }

        foreach (var folder in (ReadOnlySpan<string>)["/dev/fd", "/proc/self/fd", $"/proc/{process.ToString(CultureInfo.InvariantCulture)}/fd"])
        {
            if (Beneath(path, folder) is { } name && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }
        }

        return null;
    }

    private static string FolderOf(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget ?? "/";
        }
        catch (IOException)
        {
            return "/";
        }
    }
}
