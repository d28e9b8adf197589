using Sonde.Interop;
using Sonde.Rings;

namespace Sonde.Tracing;

/// <summary>The one ring buffer of a session and its reader.</summary>
internal sealed class SessionRing : IDisposable
{
    // Counts twice in resident memory, as it is mapped twice. Emptied at least every 10 ms.
    private const uint Size = 2 * 1024 * 1024;

    private SessionRing(int fd, RingReader reader)
    {
        Fd = fd;
        Reader = reader;
    }

    /// <summary>The map, for programs to share.</summary>
    public int Fd { get; }

    public RingReader Reader { get; }

    /// <summary>Creates the ring; null with the errno when the kernel refuses.</summary>
    public static SessionRing? TryCreate(out int errno)
    {
        var fd = CreateMap();
        if (fd < 0)
        {
            errno = -fd;
            return null;
        }

        var reader = RingReader.TryMap(fd, Size, out errno);
        if (reader is null)
        {
            FileDescriptor.Close(fd);
            return null;
        }

        return new SessionRing(fd, reader);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Reader.Dispose();
        FileDescriptor.Close(Fd);
    }

    private static unsafe int CreateMap() =>
        LibBpf.bpf_map_create(LibBpf.BPF_MAP_TYPE_RINGBUF, "sonde_ring", 0, 0, Size, null);
}
