using System.Collections.Concurrent;

namespace Sonde.Tracing.Decoding;

/// <summary>Device numbers by name.</summary>
internal static class Devices
{
    private const int MinorBits = 20;

    private static readonly ConcurrentDictionary<uint, string> Names = new();

    /// <summary>A block device's name (<c>sda1</c>); <c>major:minor</c> for what is none.</summary>
    /// <param name="number">The kernel's own <c>dev_t</c>: 12 bits of major, 20 of minor.</param>
    public static string Name(uint number) => Names.GetOrAdd(number, Find);

    private static string Find(uint number)
    {
        var text = $"{number >> MinorBits}:{number & ((1 << MinorBits) - 1)}";
        if (number >> MinorBits == 0)
        {
            return text;
        }

        try
        {
            return new FileInfo($"/sys/dev/block/{text}").LinkTarget is { } target ? Path.GetFileName(target) : text;
        }
        catch (IOException)
        {
            return text;
        }
    }
}
