using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>The few errno values that code below <c>Kernel</c> answers with or acts on.</summary>
internal static class Errors
{
    public const int NotPermitted = 1; // EPERM
    public const int BadAddress = 14; // EFAULT
    public const int Exists = 17; // EEXIST
    public const int NotATerminal = 25; // ENOTTY
    public const int ReadOnlyFileSystem = 30; // EROFS
    public const int NameTooLong = 36; // ENAMETOOLONG
    public const int NoLock = 37; // ENOLCK
    public const int NotImplemented = 38; // ENOSYS
    public const int AddressFamilyNotSupported = 97; // EAFNOSUPPORT

    /// <summary>As the C library words it.</summary>
    public static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
