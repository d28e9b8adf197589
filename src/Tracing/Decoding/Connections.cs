using System.Text.Json.Nodes;
using Sonde.Kernel;

namespace Sonde.Tracing.Decoding;

/// <summary>
/// What became of a TCP connection attempt: the socket leaves SYN_SENT, for ESTABLISHED or with the error that it keeps
/// (net/ipv4/tcp_input.c's tcp_reset, tcp_timer.c's tcp_write_err, tcp_ipv4.c's tcp_v4_err).
/// </summary>
internal static class Connections
{
    private const string StateChange = "sock/inet_sock_set_state";
    private const int Established = 1;
    private const ulong SynSent = 2;
    private const ulong SynReceived = 3;
    private const int Refused = 111;
    private const int TimedOut = 110;
    private const int Reset = 104;

    private static readonly string[] Moved = ["oldstate", "newstate", "sport", "dport", "skaddr", "protocol"];

    /// <summary>Completes attempts, which pair by their socket: <c>tcp_connect</c>'s argument, or the tracepoint's <c>skaddr</c>.</summary>
    public static void AddOutcome(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (layout.Paired)
        {
            // Its return was asked for, which is not what becomes of the connection.
            return;
        }

        if (kernel.Tracefs?.ReadFormat("sock", "inet_sock_set_state") is not { } change
            || change.Field("skaddr") is not { } socket
            || change.Field("newstate") is not { } to
            || kernel.Btf?.OffsetOf("sock", "sk_err") is not { } error)
        {
            layout.Note($"no outcome: this kernel lacks {StateChange} or the type of a socket");
            return;
        }

        layout.CompleteBy(new Completion(StateChange, change, format is null ? [] : [format.Field("skaddr")!], [socket])
        {
            // Both ends may have asked at once: then it is not decided before SYN_RECV is over either.
            Conditions = [Completion.Where(to, SynSent, differs: true), Completion.Where(to, SynReceived, differs: true)],
            Result = socket,
            ErrorBehind = (error, sizeof(int)),
        });
        layout.DurationName = "connect_latency_us";
        var source = TracepointLayout.Endpoint(change, "s");
        layout.Decode((raw, data) =>
        {
            foreach (var name in Moved)
            {
                data.Remove(name);
            }

            // The port is chosen after the state changes: only the end knows it surely.
            data["outcome"] = "pending";
            if (!raw.Returned)
            {
                data["source"] = WithoutPort((string?)data["source"]);
                return;
            }

            data["source"] = source?.Invoke(raw, layout.CompletionOffset) ?? data["source"]?.DeepClone();
            SetOutcome(data, (int)raw.Integer(layout.CompletionOffset + to.Offset, to.Size, signed: true), (int)-raw.Header.Ret);
        });
    }

    private static string? WithoutPort(string? source) =>
        source?.EndsWith(":0", StringComparison.Ordinal) == true ? source[..^2] : source;

    internal static void SetOutcome(JsonObject data, int state, int error)
    {
        if (state == Established)
        {
            data["outcome"] = "established";
        }
        else if (error == 0)
        {
            // Neither the peer nor the network decided: the process closed the socket, or the kernel could not send.
            data["closed_locally"] = true;
        }
        else
        {
            data["outcome"] = error switch { Refused => "refused", TimedOut => "timed_out", Reset => "reset", _ => "unreachable" };
            data["error"] = Errno.Name(error);
        }
    }
}
