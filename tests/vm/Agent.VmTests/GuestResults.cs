using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Sonde.VmTests;

/// <summary>What came back from a guest, through its second serial port or in a folder: for each case its files by name.</summary>
internal static class GuestResults
{
    private static ReadOnlySpan<byte> Mark => "@case "u8;

    /// <summary>Reads the frames <c>@case NAME BYTES</c>, each followed by that many bytes of tar.gz; a frame cut short by the guest's end is left out.</summary>
    public static Dictionary<string, IReadOnlyDictionary<string, string>> Read(ReadOnlySpan<byte> port)
    {
        var cases = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        while (port.IndexOf(Mark) is >= 0 and var start)
        {
            port = port[(start + Mark.Length)..];
            var end = port.IndexOf((byte)'\n');
            if (end < 0 || Encoding.UTF8.GetString(port[..end]).Split(' ') is not [var name, var length]
                || !int.TryParse(length, out var bytes) || bytes > port.Length - end - 1)
            {
                break;
            }

            cases[name] = Unpack(port.Slice(end + 1, bytes).ToArray());
            port = port[(end + 1 + bytes)..];
        }

        return cases;
    }

    /// <summary>Reads what a guest with a Debian user space brought back: a folder for each case.</summary>
    public static Dictionary<string, IReadOnlyDictionary<string, string>> ReadFolder(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).ToDictionary(path => Path.GetFileName(path), ReadFiles) : [];

    /// <summary>The files of one case by name.</summary>
    public static IReadOnlyDictionary<string, string> ReadFiles(string folder) =>
        Directory.EnumerateFiles(folder).ToDictionary(path => Path.GetFileName(path), File.ReadAllText);

    private static Dictionary<string, string> Unpack(byte[] archive)
    {
        var files = new Dictionary<string, string>();
        using var unzipped = new GZipStream(new MemoryStream(archive), CompressionMode.Decompress);
        using var tar = new TarReader(unzipped);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
            {
                using var text = new StreamReader(entry.DataStream ?? Stream.Null);
                files[Path.GetFileName(entry.Name)] = text.ReadToEnd();
            }
        }

        return files;
    }
}
