using Sonde.Kernel;

namespace Sonde.Tracing.Decoding;

/// <summary>Sockets behind tracepoints that give only their address.</summary>
internal static class Sockets
{
    /// <summary>A send as <c>sock/sock_send_length</c> tells it: the socket's ends, and the size or the error that came of it.</summary>
    public static void AddSendLength(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (format?.Field("sk") is not { } socket || format.Field("ret") is not { } result || kernel.Btf is not { } btf)
        {
            return;
        }

        KernelStructures.TryAdd(layout, btf, "sock", "sk", socket.Offset);
        layout.Decode((raw, data) =>
        {
            var sent = raw.Integer(result.Offset, result.Size, signed: true);
            data.Remove("sk");
            data.Remove("ret");
            data.Remove("flags");
            data.Remove("protocol");
            data["size"] = Math.Max(0, sent);
            data["return_value"] = sent;
            if (sent < 0)
            {
                data["error"] = Errno.Name((int)-sent);
            }
        });
    }
}
