using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Interop;

/// <summary>What one process may look at, and take, in another.</summary>
internal static unsafe partial class ProcessMemory
{
    /// <summary>Copies memory of another process, as much as is mapped from the address on.</summary>
    /// <returns>Bytes copied; 0 on any error.</returns>
    public static int Read(int process, ulong address, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            var local = stackalloc nuint[2] { (nuint)bytes, (nuint)buffer.Length };
            var remote = stackalloc nuint[2] { (nuint)address, (nuint)buffer.Length };
            return (int)Math.Max(0, process_vm_readv(process, local, 1, remote, 1, 0));
        }
    }

    /// <summary>A copy of another process's descriptor (Linux 5.6); null where it can't be had. The process is named by its main thread.</summary>
    public static SafeFileHandle? CopyDescriptor(int process, int descriptor)
    {
        var watch = (int)syscall((long)LinuxSyscall.PidfdOpen, process, 0, 0);
        if (watch < 0)
        {
            return null;
        }

        var copy = (int)syscall((long)LinuxSyscall.PidfdGetFd, watch, descriptor, 0);
        FileDescriptor.Close(watch);
        return copy < 0 ? null : new SafeFileHandle(copy, ownsHandle: true);
    }

    [LibraryImport("libc")]
    private static partial nint process_vm_readv(int process, void* local, nuint localCount, void* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc")]
    private static partial long syscall(long number, int first, int second, int third);
}
