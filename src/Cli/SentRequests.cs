using System.Text;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary><c>--show-sent</c>: each request to the gateway on stderr as it is sent. A file or pipe gets its exact bytes; at a terminal, what could move the cursor is escaped.</summary>
internal static class SentRequests
{
    /// <summary>One request: a line with the address and the size, the body, an empty line.</summary>
    public static void Show(Uri address, ReadOnlyMemory<byte> body)
    {
        using var stderr = Console.OpenStandardError();
        var shown = Console.IsErrorRedirected ? body.Span : Encoding.UTF8.GetBytes(PrintableText.Lines(Encoding.UTF8.GetString(body.Span)));
        stderr.Write([.. Encoding.UTF8.GetBytes($"sent: POST {address} ({body.Length} bytes)\n"), .. shown, .. "\n\n"u8]);
    }
}
