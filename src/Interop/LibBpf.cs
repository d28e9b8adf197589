using System.Runtime.InteropServices;

namespace Sonde.Interop;

/// <summary>libbpf, under its own names. Pointers returned are NULL on failure with <c>errno</c> set; ints are negative errnos.</summary>
internal static unsafe partial class LibBpf
{
    private const string Library = "bpf";

    public const int BPF_MAP_TYPE_RINGBUF = 27;
    public const int BPF_PROG_TYPE_KPROBE = 2;
    public const int BPF_PROG_TYPE_TRACING = 26;
    public const int BPF_TRACE_FENTRY = 24;
    public const uint BPF_LINK_TYPE_PERF_EVENT = 7;
    public const uint BPF_LINK_TYPE_KPROBE_MULTI = 8;
    public const uint BPF_PERF_EVENT_KPROBE = 3;
    public const uint BPF_PERF_EVENT_KRETPROBE = 4;
    public const int BPF_TRACE_FEXIT = 25;
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

    [LibraryImport(Library)]
    public static partial int bpf_program__set_type(nint program, int type);

    [LibraryImport(Library)]
    public static partial int libbpf_register_prog_handler(byte* section, int programType, int attachType, ProgramHandlerOpts* options);

    [LibraryImport(Library)]
    public static partial nint bpf_object__btf(nint obj);

    [LibraryImport(Library)]
    public static partial byte* btf__raw_data(nint btf, uint* size);

    [LibraryImport(Library)]
    public static partial int bpf_program__fd(nint program);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint bpf_program__attach_trace(nint program);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint bpf_program__attach_raw_tracepoint(nint prog, string tp_name);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint bpf_program__attach_kprobe(nint program, byte returns, string function);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint bpf_program__attach_perf_event(nint program, int perfEvent);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint bpf_program__attach_kprobe_multi_opts(nint program, byte* pattern, BpfKprobeMultiOpts* options);

    [LibraryImport(Library)]
    public static partial int bpf_link__fd(nint link);

    [LibraryImport(Library)]
    public static partial int bpf_link__destroy(nint link);

    [LibraryImport(Library)]
    public static partial nint bpf_object__next_map(nint obj, nint map);

    [LibraryImport(Library)]
    public static partial byte* bpf_map__name(nint map);

    [LibraryImport(Library)]
    public static partial int bpf_map__fd(nint map);

    [LibraryImport(Library)]
    public static partial int bpf_map__reuse_fd(nint map, int fd);

    [LibraryImport(Library)]
    public static partial int bpf_map__set_autocreate(nint map, byte autocreate);

    [LibraryImport(Library)]
    public static partial int bpf_map__set_max_entries(nint map, uint entries);

    [LibraryImport(Library)]
    public static partial int bpf_map__set_key_size(nint map, uint size);

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
    public static partial int bpf_btf_get_next_id(uint start, uint* next);

    [LibraryImport(Library)]
    public static partial int bpf_btf_get_fd_by_id(uint id);

    [LibraryImport(Library)]
    public static partial int bpf_enable_stats(int type);

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
        public uint reserved;
        public byte* kconfig;
        public byte* btf_custom_path;
    }

    /// <summary><c>struct libbpf_prog_handler_opts</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ProgramHandlerOpts
    {
        public nuint sz;
        public nint cookie;
        public void* prog_setup_fn;
        public delegate* unmanaged<nint, BpfProgLoadOpts*, nint, int> prog_prepare_load_fn;
        public void* prog_attach_fn;
    }

    /// <summary>Leading members of <c>struct bpf_prog_load_opts</c> in libbpf 1.x.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct BpfProgLoadOpts
    {
        public nuint sz;
        public int attempts;
        public int expected_attach_type;
        public uint prog_btf_fd;
        public uint prog_flags;
        public uint prog_ifindex;
        public uint kern_version;
        public uint attach_btf_id;
        public uint attach_prog_fd;
        public uint attach_btf_obj_fd;
    }

    /// <summary>What <c>struct bpf_link_info</c> tells of missed hits; an older kernel leaves the members that it doesn't know as they were.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    public struct BpfLinkInfo
    {
        [FieldOffset(0)] public uint type;
        [FieldOffset(32)] public ulong kprobe_multi_missed;
        [FieldOffset(16)] public uint perf_event_type;
        [FieldOffset(48)] public ulong kprobe_missed;
    }

    /// <summary><c>struct bpf_btf_info</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct BpfBtfInfo
    {
        public ulong btf;
        public uint btf_size;
        public uint id;
        public ulong name;
        public uint name_len;
        public uint kernel_btf;
    }

    /// <summary><c>struct bpf_kprobe_multi_opts</c> of libbpf 1.0.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct BpfKprobeMultiOpts
    {
        public nuint sz;
        public nint* syms;
        public nuint* addrs;
        public ulong* cookies;
        public nuint cnt;
        public byte retprobe;
    }

    /// <summary>The part of <c>struct bpf_prog_info</c> up to <c>recursion_misses</c>; an older kernel fills less and says so in the length.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 232)]
    public struct BpfProgramInfo
    {
        [FieldOffset(192)] public ulong run_time_ns;
        [FieldOffset(200)] public ulong run_cnt;
        [FieldOffset(208)] public ulong recursion_misses;
    }

    [LibraryImport("sonde_native")]
    public static partial void sonde_set_libbpf_log(delegate* unmanaged<byte*, int, void> sink);
}
