using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>Any system call by its number, for its own sake: its result is of no interest.</summary>
internal static partial class RawSystemCall
{
    /// <summary>Makes the call with one argument; the others are zero.</summary>
    public static void Make(int number, nint first) => _ = syscall(number, first, 0, 0, 0, 0, 0);

    [LibraryImport("libc")]
    private static partial long syscall(long number, nint first, nint second, nint third, nint fourth, nint fifth, nint sixth);
}
