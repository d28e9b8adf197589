using Kind = Sonde.Kernel.SyscallArgumentKind;

namespace Sonde.Kernel;

/// <content>Sockets.</content>
internal static partial class SyscallSignatures
{
    private static Dictionary<string, SyscallArgument[]> Sockets() => new(StringComparer.Ordinal)
    {
        ["socket"] = [new("family", Kind.SocketFamily), new("type", Kind.SocketType), new("protocol", Kind.Int)],
        ["socketpair"] =
        [
            new("family", Kind.SocketFamily), new("type", Kind.SocketType), new("protocol", Kind.Int), new("fds", Kind.Buffer),
        ],
        ["connect"] = [new("fd", Kind.Fd), new("destination", Kind.SockaddrIn, 2), new("address_size", Kind.Size)],
        ["bind"] = [new("fd", Kind.Fd), new("address", Kind.SockaddrIn, 2), new("address_size", Kind.Size)],
        ["listen"] = [new("fd", Kind.Fd), new("backlog", Kind.Int)],
        ["accept"] = [new("fd", Kind.Fd), new("peer", Kind.SockaddrOut, 2), new("address_size", Kind.Buffer)],
        ["accept4"] = [new("fd", Kind.Fd), new("peer", Kind.SockaddrOut, 2), new("address_size", Kind.Buffer), new("flags", Kind.AcceptFlags)],
        ["sendto"] =
        [
            new("fd", Kind.Fd), new("buffer", Kind.Buffer), new("size", Kind.Size), new("flags", Kind.MessageFlags),
            new("destination", Kind.SockaddrIn, 5), new("address_size", Kind.Size),
        ],
        ["recvfrom"] =
        [
            new("fd", Kind.Fd), new("buffer", Kind.Buffer), new("size", Kind.Size), new("flags", Kind.MessageFlags),
            new("peer", Kind.SockaddrOut, 5), new("address_size", Kind.Buffer),
        ],
        ["sendmsg"] = [new("fd", Kind.Fd), new("message", Kind.Buffer), new("flags", Kind.MessageFlags)],
        ["recvmsg"] = [new("fd", Kind.Fd), new("message", Kind.MessageOut), new("flags", Kind.MessageFlags)],
        ["sendmmsg"] =
        [
            new("fd", Kind.Fd), new("messages", Kind.Buffer), new("message_count", Kind.UInt), new("flags", Kind.MessageFlags),
        ],
        ["recvmmsg"] =
        [
            new("fd", Kind.Fd), new("messages", Kind.Buffer), new("message_count", Kind.UInt), new("flags", Kind.MessageFlags),
            new("timeout", Kind.Buffer),
        ],
        ["shutdown"] = [new("fd", Kind.Fd), new("how", Kind.Int)],
        ["getsockname"] = [new("fd", Kind.Fd), new("address", Kind.SockaddrOut, 2), new("address_size", Kind.Buffer)],
        ["getpeername"] = [new("fd", Kind.Fd), new("peer", Kind.SockaddrOut, 2), new("address_size", Kind.Buffer)],
        ["setsockopt"] =
        [
            new("fd", Kind.Fd), new("level", Kind.Int), new("option", Kind.Int), new("value", Kind.Buffer), new("size", Kind.Size),
        ],
        ["getsockopt"] =
        [
            new("fd", Kind.Fd), new("level", Kind.Int), new("option", Kind.Int), new("value", Kind.Buffer),
            new("value_size", Kind.Buffer),
        ],
    };
}
