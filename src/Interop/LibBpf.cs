using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>libbpf, under its own names. Pointers returned are NULL on failure with <c>errno</c> set; ints are negative errnos.</summary>
internal static unsafe partial class LibBpf
{
    private const string Library = "bpf";

    public const int BPF_MAP_TYPE_RINGBUF = 27;
    public const int PERF_TYPE_TRACEPOINT = 2;

    [LibraryImport(Library)]
    public static partial int libbpf_num_possible_cpus();

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint bpf_object__open_mem(void* bytes, nuint size, BpfObjectOpenOpts* options);

    [LibraryImport(Library)]
    public static partial int bpf_object__load(nint obj);

    [LibraryImport(Library)]
    public static partial void bpf_object__close(nint obj);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint bpf_object__find_program_by_name(nint obj, string name);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint bpf_object__next_program(nint obj, nint program);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint bpf_object__find_map_by_name(nint obj, string name);

    [LibraryImport(Library)]
    public static partial byte* bpf_program__name(nint program);

    [LibraryImport(Library)]
    public static partial int bpf_program__set_autoload(nint program, byte autoload);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int bpf_program__set_attach_target(nint program, int attachProgram, string function);

    [LibraryImport(Library)]
    public static partial int bpf_program__fd(nint program);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint bpf_program__attach_trace(nint program);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint bpf_program__attach_kprobe(nint program, byte returns, string function);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint bpf_program__attach_perf_event(nint program, int perfEvent);

    [LibraryImport(Library)]
    public static partial int bpf_link__destroy(nint link);

    [LibraryImport(Library)]
    public static partial int bpf_map__fd(nint map);

    [LibraryImport(Library)]
    public static partial int bpf_map__reuse_fd(nint map, int fd);

    [LibraryImport(Library)]
    public static partial int bpf_map__set_max_entries(nint map, uint entries);

    [LibraryImport(Library)]
    public static partial int bpf_map__set_value_size(nint map, uint size);

    [LibraryImport(Library)]
    public static partial void* bpf_map__initial_value(nint map, nuint* size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int bpf_map_create(int type, string name, uint keySize, uint valueSize, uint maxEntries, void* options);

    [LibraryImport(Library)]
    public static partial int bpf_map_lookup_elem(int fd, void* key, void* value);

    [LibraryImport(Library)]
    public static partial int bpf_map_update_elem(int fd, void* key, void* value, ulong flags);

    [LibraryImport(Library)]
    public static partial int bpf_map_get_next_key(int fd, void* key, void* next);

    [LibraryImport(Library)]
    public static partial int bpf_obj_get_info_by_fd(int fd, void* info, uint* length);

    /// <summary>Leading members of <c>struct bpf_object_open_opts</c> in libbpf 1.x; <c>sz</c> tells libbpf where they end.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct BpfObjectOpenOpts
    {
        public nuint sz;
        public byte* object_name;
        public byte relaxed_maps;
        public byte* pin_root_path;
    }

    /// <summary>The part of <c>struct bpf_prog_info</c> up to <c>recursion_misses</c>; an older kernel fills less and says so in the length.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 232)]
    public struct BpfProgramInfo
    {
        [FieldOffset(208)] public ulong recursion_misses;
    }

    [LibraryImport("sonde_native")]
    public static partial void sonde_set_libbpf_log(delegate* unmanaged<int, byte*, int, void> sink);
}
