using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>Descriptors that no SafeHandle owns: they live as long as one object here does.</summary>
internal static partial class FileDescriptor
{
    /// <summary>Closes it. An error tells nothing that could be acted on: Linux closes it all the same.</summary>
    public static void Close(int fd) => _ = close(fd);

    [LibraryImport("libc")]
    private static partial int close(int fd);
}
