using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>Type information (BTF) as the kernel holds it.</summary>
internal static unsafe class KernelTypes
{
    /// <summary>A descriptor of a module's types; 0 where the kernel gives none (before 5.11, or without CAP_SYS_ADMIN).</summary>
    public static int OpenModule(string module)
    {
        uint id = 0;
        while (LibBpf.bpf_btf_get_next_id(id, &id) == 0)
        {
            var fd = LibBpf.bpf_btf_get_fd_by_id(id);
            if (fd >= 0 && NameOf(fd) == module)
            {
                return fd;
            }

            if (fd >= 0)
            {
                FileDescriptor.Close(fd);
            }
        }

        return 0;
    }

    // Null for the types of programs, whose names mean nothing here.
    private static string? NameOf(int fd)
    {
        const int longest = 64;
        var name = stackalloc byte[longest];
        var info = new LibBpf.BpfBtfInfo { name = (ulong)name, name_len = longest };
        var length = (uint)sizeof(LibBpf.BpfBtfInfo);
        return LibBpf.bpf_obj_get_info_by_fd(fd, &info, &length) == 0 && info.kernel_btf != 0 ? Marshal.PtrToStringUTF8((nint)name) : null;
    }
}
