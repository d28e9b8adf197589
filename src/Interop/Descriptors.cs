using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Interop;

/// <summary>Pipes, wake-ups and waiting on several descriptors at once. Every descriptor made here is close-on-exec.</summary>
internal static unsafe partial class Descriptors
{
    private const int CloseOnExec = 0x80000; // O_CLOEXEC and EFD_CLOEXEC

    /// <summary>A pipe: what is written to <c>Write</c> is read from <c>Read</c>.</summary>
    /// <exception cref="IOException">No descriptor is left.</exception>
    public static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        var ends = stackalloc int[2];
        if (pipe2(ends, CloseOnExec) != 0)
        {
            throw new IOException($"pipe2: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>A descriptor that becomes readable, and stays so, after <see cref="Signal"/>.</summary>
    /// <exception cref="IOException">No descriptor is left.</exception>
    public static SafeFileHandle Event()
    {
        var descriptor = eventfd(0, CloseOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"eventfd: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>A file without a name that holds these bytes, positioned at its start.</summary>
    /// <exception cref="IOException">No descriptor or no memory is left.</exception>
    public static SafeFileHandle Holding(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* name = "input"u8)
        {
            var descriptor = memfd_create(name, 1); // MFD_CLOEXEC
            if (descriptor < 0)
            {
                throw new IOException($"memfd_create: {Marshal.GetLastPInvokeErrorMessage()}");
            }

            var file = new SafeFileHandle(descriptor, ownsHandle: true);
            RandomAccess.Write(file, bytes, 0);
            return file;
        }
    }

    /// <summary>Makes an <see cref="Event"/> readable.</summary>
    public static void Signal(SafeFileHandle descriptor)
    {
        var one = 1UL;
        _ = write(descriptor, &one, sizeof(ulong));
    }

    /// <summary>Waits until one is readable, closed on the other side, or the time is over. Entries with a negative descriptor are passed over.</summary>
    /// <param name="watched">Each gets its <see cref="Watched.Ready"/>.</param>
    /// <param name="milliseconds">Longest wait.</param>
    public static void Wait(Span<Watched> watched, int milliseconds)
    {
        fixed (Watched* first = watched)
        {
            if (poll(first, (nuint)watched.Length, milliseconds) > 0)
            {
                return;
            }
        }

        foreach (ref var entry in watched)
        {
            entry.Clear();
        }
    }

    /// <summary>Reads what is there; 0 at the end of the stream and on any error.</summary>
    public static int Read(SafeFileHandle descriptor, Span<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            return (int)Math.Max(0, read(descriptor, first, (nuint)buffer.Length));
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int memfd_create(byte* name, uint flags);

    [LibraryImport("libc")]
    private static partial int poll(Watched* entries, nuint count, int milliseconds);

    [LibraryImport("libc")]
    private static partial nint read(SafeFileHandle descriptor, void* buffer, nuint length);

    [LibraryImport("libc")]
    private static partial nint write(SafeFileHandle descriptor, void* buffer, nuint length);

    /// <summary><c>struct pollfd</c>, waiting for something to read.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Watched
    {
        private const short Readable = 1; // POLLIN

        private readonly int _descriptor;
        private readonly short _events;
        private short _returned;

        /// <summary>Watches a descriptor that the caller keeps open, or nothing for null.</summary>
        public Watched(SafeFileHandle? descriptor)
        {
            _descriptor = descriptor is null ? -1 : (int)descriptor.DangerousGetHandle();
            _events = Readable;
        }

        /// <summary>Whether reading will not block: there is data, or the other side is gone.</summary>
        public readonly bool Ready => _returned != 0;

        /// <summary>Whether there is data.</summary>
        public readonly bool HasData => (_returned & Readable) != 0;

        internal void Clear() => _returned = 0;
    }
}
