using System.Globalization;
using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>The <c>waiting_connections</c> step: TCP connections of one process to one end whose SYN nobody answers.</summary>
/// <param name="Pid">The process.</param>
/// <param name="ProcessName">Its name.</param>
/// <param name="To">The remote end.</param>
/// <param name="Count">Sockets.</param>
/// <param name="Retries">How often the SYN was sent again.</param>
internal sealed record WaitingConnection(int Pid, string ProcessName, Destination To, int Count, int Retries)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<WaitingConnection> Read(CommandResult? command) =>
    [
        .. from words in OutputLines.Tagged(command, "waiting", 6)
           where words.Length == 6
           let colon = words[3].LastIndexOf(':')
           where colon is 8 or 32
           select new WaitingConnection(
               (int)OutputLines.Number(words[1]),
               words[5].Trim(),
               new Destination(SocketTable.ProcAddress(words[3][..colon]), int.Parse(words[3].AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture), null),
               (int)OutputLines.Number(words[2]),
               int.Parse(words[4], NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
    ];
}
