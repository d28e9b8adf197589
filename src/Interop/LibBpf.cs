using System.Runtime.InteropServices;

namespace Sonde.Interop;

internal static unsafe partial class LibBpf
{
    private const string Library = "bpf";

    [LibraryImport(Library)]
    public static partial uint libbpf_major_version();

    [LibraryImport("sonde_native")]
    public static partial void sonde_set_libbpf_log(delegate* unmanaged<int, byte*, int, void> sink);
}
