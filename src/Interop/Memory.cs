using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>Shared memory of the kernel, mapped; unmapped on disposal.</summary>
internal sealed unsafe partial class MappedMemory : SafeHandle
{
    private const int PROT_READ = 1;
    private const int PROT_WRITE = 2;
    private const int MAP_SHARED = 1;
    private const int MAP_PRIVATE = 2;

    private readonly nuint _length;

    private MappedMemory(nint address, nuint length) : base(-1, ownsHandle: true)
    {
        _length = length;
        SetHandle(address);
    }

    public override bool IsInvalid => handle == -1;

    public byte* Pointer => (byte*)handle;

    /// <summary>All of it.</summary>
    public Span<byte> Span => new(Pointer, (int)_length);

    /// <summary>Maps part of a file. Null with the errno on failure.</summary>
    public static MappedMemory? Map(int fd, long offset, nuint length, bool writable, out int errno) =>
        Map(fd, offset, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, out errno);

    /// <summary>Maps the beginning of a file for reading alone, as some of the kernel's files want it. Null with the errno on failure.</summary>
    public static MappedMemory? MapForReading(int fd, nuint length, out int errno) => Map(fd, 0, length, PROT_READ, MAP_PRIVATE, out errno);

    private static MappedMemory? Map(int fd, long offset, nuint length, int protection, int flags, out int errno)
    {
        var address = mmap(null, length, protection, flags, fd, offset);
        errno = address == -1 ? Marshal.GetLastPInvokeError() : 0;
        return address == -1 ? null : new MappedMemory(address, length);
    }

    protected override bool ReleaseHandle() => munmap(handle, _length) == 0;

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nuint length);
}
