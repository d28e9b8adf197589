using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Interop;

/// <summary>A pair of connected sockets that keep message boundaries and carry descriptors. Close-on-exec.</summary>
internal static unsafe partial class ControlSocket
{
    private const int AF_UNIX = 1;
    private const int SOCK_SEQPACKET = 5;
    private const int SOCK_CLOEXEC = 0x80000;
    private const int SOL_SOCKET = 1;
    private const int SCM_RIGHTS = 1;
    private const int MSG_NOSIGNAL = 0x4000;
    private const int MSG_CMSG_CLOEXEC = 0x40000000;
    private const int ControlHeader = 16; // sizeof(struct cmsghdr)
    private const int MostDescriptors = 2;

    /// <summary>Both ends.</summary>
    /// <exception cref="IOException">No descriptor is left.</exception>
    public static (SafeFileHandle Ours, SafeFileHandle Theirs) Pair()
    {
        var ends = stackalloc int[2];
        return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0
            ? (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true))
            : throw new IOException($"socketpair: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Sends one message, with copies of up to two descriptors.</summary>
    /// <returns>0 or an errno.</returns>
    public static int Send(int socket, ReadOnlySpan<byte> message, params ReadOnlySpan<int> descriptors)
    {
        var control = stackalloc byte[ControlHeader + (MostDescriptors * sizeof(int))];
        fixed (byte* bytes = message)
        {
            var vector = new Vector { Base = bytes, Length = (nuint)message.Length };
            var header = new MessageHeader { Vectors = &vector, VectorCount = 1 };
            if (!descriptors.IsEmpty)
            {
                *(nuint*)control = (nuint)(ControlHeader + (descriptors.Length * sizeof(int)));
                ((int*)control)[2] = SOL_SOCKET;
                ((int*)control)[3] = SCM_RIGHTS;
                descriptors.CopyTo(new Span<int>(control + ControlHeader, MostDescriptors));
                header.Control = control;
                header.ControlLength = (nuint)(ControlHeader + (MostDescriptors * sizeof(int)));
            }

            return sendmsg(socket, &header, MSG_NOSIGNAL) < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }

    /// <summary>Receives one message. Empty once the other end is closed.</summary>
    /// <param name="socket">Our end.</param>
    /// <param name="buffer">Holds the message.</param>
    /// <param name="first">The first descriptor that came with it; the caller's.</param>
    /// <param name="second">The second.</param>
    public static ReadOnlySpan<byte> Receive(SafeFileHandle socket, Span<byte> buffer, out SafeFileHandle? first, out SafeFileHandle? second)
    {
        const int ControlLength = ControlHeader + (MostDescriptors * sizeof(int));
        var control = stackalloc byte[ControlLength];
        fixed (byte* bytes = buffer)
        {
            var vector = new Vector { Base = bytes, Length = (nuint)buffer.Length };
            var header = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlLength };
            var count = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
            var descriptors = count > 0 && header.ControlLength >= ControlHeader && ((int*)control)[3] == SCM_RIGHTS
                ? (int)(*(nuint*)control - ControlHeader) / sizeof(int)
                : 0;
            first = descriptors > 0 ? new SafeFileHandle(((int*)control)[4], ownsHandle: true) : null;
            second = descriptors > 1 ? new SafeFileHandle(((int*)control)[5], ownsHandle: true) : null;
            return buffer[..(int)Math.Max(0, count)];
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int domain, int type, int protocol, int* ends);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(SafeFileHandle socket, MessageHeader* message, int flags);

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public void* Base;
        public nuint Length;
    }

    /// <summary><c>struct msghdr</c> on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
