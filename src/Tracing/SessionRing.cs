using Sonde.Interop;
using Sonde.Rings;

namespace Sonde.Tracing;

/// <summary>The one ring buffer of a session and its reader.</summary>
internal sealed class SessionRing : IDisposable
{
    private SessionRing(int fd, RingReader reader)
    {
        Fd = fd;
        Reader = reader;
    }

    /// <summary>The map, for programs to share.</summary>
    public int Fd { get; }

    public RingReader Reader { get; }

    /// <summary>Creates the ring; null with the errno when the kernel refuses.</summary>
    /// <param name="size">Bytes: a power of two and a multiple of the page size.</param>
    /// <param name="errno">Why not.</param>
    public static SessionRing? TryCreate(uint size, out int errno)
    {
        var fd = CreateMap(size);
        if (fd < 0)
        {
            errno = -fd;
            return null;
        }

        var reader = RingReader.TryMap(fd, size, out errno);
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

    private static unsafe int CreateMap(uint size) =>
        LibBpf.bpf_map_create(LibBpf.BPF_MAP_TYPE_RINGBUF, "sonde_ring", 0, 0, size, null);
}
