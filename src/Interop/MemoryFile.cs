using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Interop;

/// <summary>Files that are only in memory, for libraries that take a path.</summary>
internal static partial class MemoryFile
{
    private const uint MFD_CLOEXEC = 1;

    /// <summary>A file with these bytes; it lives as long as its handle. Null when the kernel has none to give.</summary>
    public static SafeFileHandle? Create(string name, ReadOnlySpan<byte> bytes)
    {
        var fd = memfd_create(name, MFD_CLOEXEC);
        if (fd < 0)
        {
            return null;
        }

        var handle = new SafeFileHandle(fd, ownsHandle: true);
        RandomAccess.Write(handle, bytes, 0);
        return handle;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);
}
