using System.Text;

namespace Sonde.Cli;

/// <summary>Standard output in UTF-8, buffered: whoever writes live flushes.</summary>
internal static class StandardOutput
{
    /// <summary>The caller disposes it, which flushes.</summary>
    public static StreamWriter Open() => new(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 32 * 1024);
}
