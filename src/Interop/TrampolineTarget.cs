using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>
/// The kernel function that the trampoline programs (fentry, fexit) of the next object loaded on this thread are for, by its id in the
/// kernel's types. libbpf would find the id itself, by reading all of the kernel's BTF again for every object: so it is kept from knowing
/// that these are trampolines until the very moment it loads them.
/// </summary>
internal static unsafe class TrampolineTarget
{
    [ThreadStatic] private static (uint TypeId, uint TypesFd) _current;

    /// <summary>Tells libbpf. Once, before any object is opened.</summary>
    public static void Register()
    {
        Register("fentry"u8, LibBpf.BPF_TRACE_FENTRY);
        Register("fexit"u8, LibBpf.BPF_TRACE_FEXIT);
    }

    /// <summary>Says what the programs are for, before an object is loaded.</summary>
    /// <param name="typeId">Id of the function.</param>
    /// <param name="typesFd">Descriptor of the module's types that the id belongs to; 0 for the kernel's own.</param>
    public static void Set(int typeId, int typesFd) => _current = ((uint)typeId, (uint)typesFd);

    private static void Register(ReadOnlySpan<byte> section, int attachType)
    {
        var options = new LibBpf.ProgramHandlerOpts { sz = (nuint)sizeof(LibBpf.ProgramHandlerOpts), prog_prepare_load_fn = &PrepareLoad };
        fixed (byte* name = section)
        {
            var result = LibBpf.libbpf_register_prog_handler(name, LibBpf.BPF_PROG_TYPE_KPROBE, attachType, &options);
            if (result < 0)
            {
                throw new InvalidOperationException($"registering the trampolines with libbpf failed: errno {-result}");
            }
        }
    }

    [UnmanagedCallersOnly]
    private static int PrepareLoad(nint program, LibBpf.BpfProgLoadOpts* options, nint cookie)
    {
        options->attach_btf_id = _current.TypeId;
        options->attach_btf_obj_fd = _current.TypesFd;
        return LibBpf.bpf_program__set_type(program, LibBpf.BPF_PROG_TYPE_TRACING);
    }
}
