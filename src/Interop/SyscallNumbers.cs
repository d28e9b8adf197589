using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>System calls that libc wraps not at all or too late, by processor. The only place with such numbers on the agent's own side.</summary>
internal static class SyscallNumbers
{
    private static readonly bool IsX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64
        ? true
        : throw new PlatformNotSupportedException($"sonde runs on x86-64, not on {RuntimeInformation.ProcessArchitecture}");

    public static long PerfEventOpen => IsX64 ? 298 : 0;

    public static long FsOpen => IsX64 ? 430 : 0;

    public static long FsConfig => IsX64 ? 431 : 0;

    public static long FsMount => IsX64 ? 432 : 0;

    public static long Membarrier => IsX64 ? 324 : 0;
}
