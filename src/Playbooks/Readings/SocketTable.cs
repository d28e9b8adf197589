using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>The listening TCP sockets, as <c>ss -tlnp</c> or <c>/proc/net/tcp</c> shows them.</summary>
internal sealed partial class SocketTable
{
    /// <summary>One socket; a null address stands for all of both families.</summary>
    internal readonly record struct Listener(IPAddress? Address, int Port, string? Process)
    {
        public override string ToString() => $"{(Address is null ? "*" : Address.ToString())}:{Port}{(Process is null ? "" : $" ({Process})")}";

        public bool Answers(IPAddress destination) =>
            Address is null
            || Address.Equals(destination)
            || Address.Equals(IPAddress.IPv6Any)
            || (Address.Equals(IPAddress.Any) && destination.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork);
    }

    /// <summary>What listens in another network namespace, which <c>ss</c> does not show.</summary>
    public static SocketTable Of(NetworkSpace space) => new([.. space.Listeners.Select(l => new Listener(l.Address, l.Port, null))]);

    private SocketTable(IReadOnlyList<Listener> listeners) => Listeners = listeners;

    public IReadOnlyList<Listener> Listeners { get; }

    /// <summary>Reads a command's output; null where it holds no whole table, so that a missing port proves nothing.</summary>
    public static SocketTable? Read(CommandResult? command)
    {
        if (command is null || command.Truncated || command.Stdout.Length == 0)
        {
            return null;
        }

        var header = command.Stdout.AsSpan().TrimStart();
        if (header.StartsWith("sl ", StringComparison.Ordinal))
        {
            return new SocketTable([.. ProcLine().Matches(command.Stdout).Select(FromProc)]);
        }

        return header.StartsWith("State", StringComparison.Ordinal) || header.StartsWith("Netid", StringComparison.Ordinal)
            ? new SocketTable([.. SsLine().Matches(command.Stdout).Select(FromSs)])
            : null;
    }

    public IReadOnlyList<Listener> On(int port) => [.. Listeners.Where(l => l.Port == port)];

    private static Listener FromSs(Match match)
    {
        var address = match.Groups["address"].Value.Trim('[', ']');
        var scope = address.IndexOf('%');
        var process = SsProcess().Match(match.Groups["rest"].Value);
        return new Listener(
            address == "*" ? null : IPAddress.Parse(scope < 0 ? address : address[..scope]),
            int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture),
            process.Success ? $"{process.Groups["name"].Value}, pid {process.Groups["pid"].Value}" : null);
    }

    /// <summary>An address as <c>/proc/net/tcp</c> prints it: each 32-bit word in host byte order.</summary>
    public static IPAddress ProcAddress(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        for (var word = 0; word < bytes.Length; word += 4)
        {
            bytes.AsSpan(word, 4).Reverse();
        }

        var address = new IPAddress(bytes);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private static Listener FromProc(Match match) =>
        new(ProcAddress(match.Groups["address"].Value), int.Parse(match.Groups["port"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture), null);

    [GeneratedRegex(@"^(?:tcp\s+)?LISTEN\s+\d+\s+\d+\s+(?<address>\*|\[[0-9a-fA-F:.]+(?:%\w+)?\](?:%\w+)?|[0-9.]+(?:%\S+?)?):(?<port>\d+)\s+(?<rest>.*)$", RegexOptions.Multiline)]
    private static partial Regex SsLine();

    [GeneratedRegex("\\(\\(\"(?<name>[^\"]*)\",pid=(?<pid>\\d+)")]
    private static partial Regex SsProcess();

    [GeneratedRegex(@"^\s*\d+:\s+(?<address>[0-9A-F]{8}|[0-9A-F]{32}):(?<port>[0-9A-F]{4})\s+[0-9A-F]+:[0-9A-F]{4}\s+0A\s", RegexOptions.Multiline)]
    private static partial Regex ProcLine();
}
