using System.Globalization;
using System.Net;
using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>The <c>network_spaces</c> step: what changed in every network namespace, and who lives in which.</summary>
internal sealed class NetworkSpaces
{
    private readonly Dictionary<int, string> _home = [];
    private readonly Dictionary<string, NetworkSpace> _spaces = [];
    private string _own = "";

    private NetworkSpaces()
    {
    }

    /// <summary>All that were read twice.</summary>
    public IEnumerable<NetworkSpace> All => _spaces.Values;

    /// <summary>The agent's own range of ephemeral ports, or null.</summary>
    public (int First, int Last)? PortRange { get; private set; }

    /// <summary>Null where the step did not run.</summary>
    public static NetworkSpaces? Read(CommandResult? command)
    {
        if (command is null || command.Truncated)
        {
            return null;
        }

        var spaces = new NetworkSpaces();
        var later = false;
        NetworkSpace? current = null;
        foreach (var line in OutputLines.All(command))
        {
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["@own", var own]:
                    spaces._own = own;
                    break;
                case ["@in", var name, .. var pids]:
                    foreach (var pid in pids)
                    {
                        spaces._home[(int)OutputLines.Number(pid)] = name;
                    }

                    break;
                case ["@range", var first, var last]:
                    spaces.PortRange = ((int)OutputLines.Number(first), (int)OutputLines.Number(last));
                    break;
                case ["@later"]:
                    later = true;
                    break;
                case ["@net", var name]:
                    current = spaces._spaces.TryGetValue(name, out var known) ? known : spaces._spaces[name] = new NetworkSpace(name, name == spaces._own);
                    break;
                default:
                    current?.Take(words, later);
                    break;
            }
        }

        return spaces._spaces.Count > 0 ? spaces : null;
    }

    /// <summary>The namespace that a process lives in; null where it is not known, or was not read.</summary>
    public NetworkSpace? Of(int pid) => _home.TryGetValue(pid, out var name) ? _spaces.GetValueOrDefault(name) : null;

    /// <summary>Whether one of the processes is known to live in another namespace than the agent.</summary>
    public bool Elsewhere(IEnumerable<int> pids) => pids.Any(p => Of(p) is { IsOwn: false });
}

/// <summary>A socket that listens.</summary>
/// <param name="Address">The address it is bound to.</param>
/// <param name="Port">Its port.</param>
/// <param name="Waiting">Connections that nobody has accepted yet.</param>
internal readonly record struct WaitingListener(IPAddress Address, int Port, long Waiting);

/// <summary>A remote end and how many sockets of the namespace are connected to it.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Sockets">In any state.</param>
/// <param name="TimeWait">Of these, closed and kept in TIME_WAIT.</param>
internal readonly record struct RemoteEnd(IPAddress Address, int Port, long Sockets, long TimeWait);

/// <summary>One network namespace, looked at twice.</summary>
internal sealed class NetworkSpace(string name, bool isOwn)
{
    private readonly Dictionary<string, long> _before = [];
    private readonly Dictionary<string, long> _after = [];
    private readonly List<WaitingListener> _listeners = [];
    private readonly List<RemoteEnd> _peers = [];
    private readonly Dictionary<string, long> _states = [];

    /// <summary><c>net:[4026531840]</c>.</summary>
    public string Name { get; } = name;

    /// <summary>Whether the agent lives in it.</summary>
    public bool IsOwn { get; } = isOwn;

    /// <summary>Of both looks, the fuller queue first.</summary>
    public IReadOnlyList<WaitingListener> Listeners => [.. _listeners.GroupBy(l => (l.Address, l.Port)).Select(g => g.MaxBy(l => l.Waiting)).OrderByDescending(l => l.Waiting)];

    /// <summary>Of both looks, the one with the most sockets first.</summary>
    public IReadOnlyList<RemoteEnd> Peers => [.. _peers.GroupBy(p => (p.Address, p.Port)).Select(g => g.MaxBy(p => p.Sockets)).OrderByDescending(p => p.Sockets)];

    /// <summary>Increase of a counter, <c>TcpExt:ListenOverflows</c>; 0 where the kernel has none.</summary>
    public long Increase(string counter) => _before.TryGetValue(counter, out var before) && _after.TryGetValue(counter, out var after) ? after - before : 0;

    /// <summary>In words, for people.</summary>
    public string Place => IsOwn ? "" : $" in the network namespace {Name}";

    /// <summary>One line of the step's output.</summary>
    public void Take(string[] words, bool later)
    {
        switch (words)
        {
            case ["listen", var end, var waiting] when Endpoint(end) is { } at:
                _listeners.Add(new WaitingListener(at.Address, at.Port, long.TryParse(waiting, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var n) ? n : 0));
                break;
            case ["peer", var end, var sockets, var waits] when Endpoint(end) is { } at:
                _peers.Add(new RemoteEnd(at.Address, at.Port, OutputLines.Number(sockets), OutputLines.Number(waits)));
                break;
            case ["state", var state, var count]:
                _states[state] = OutputLines.Number(count);
                break;
            case [var counter, var value] when counter.Contains(':'):
                (later ? _after : _before)[counter] = OutputLines.Number(value);
                break;
        }
    }

    private static (IPAddress Address, int Port)? Endpoint(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon is 8 or 32 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var port)
            ? (SocketTable.ProcAddress(text[..colon]), port)
            : null;
    }
}
