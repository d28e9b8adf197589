using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Sonde.Interop;

/// <summary>An open or loaded BPF object. Closing it unloads its programs and maps.</summary>
internal sealed unsafe class BpfObject : SafeHandle
{
    static BpfObject() => TrampolineTarget.Register();

    private BpfObject(nint obj) : base(0, ownsHandle: true) => SetHandle(obj);

    public override bool IsInvalid => handle == 0;

    /// <summary>Parses an object from memory; the bytes aren't needed afterwards.</summary>
    /// <param name="bytes">The object.</param>
    /// <param name="nameUtf8">Its name in the kernel.</param>
    /// <param name="typesPath">A file with the kernel's types that it refers to; null: libbpf reads all of the kernel's.</param>
    /// <exception cref="InvalidOperationException">The bytes are no BPF object: the build is broken.</exception>
    public static BpfObject Open(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> nameUtf8, string? typesPath = null)
    {
        fixed (byte* image = bytes)
        fixed (byte* name = nameUtf8)
        fixed (byte* path = typesPath is null ? null : Encoding.UTF8.GetBytes(typesPath + "\0"))
        {
            var options = new LibBpf.BpfObjectOpenOpts { sz = (nuint)sizeof(LibBpf.BpfObjectOpenOpts), object_name = name, btf_custom_path = path };
            var obj = LibBpf.bpf_object__open_mem(image, (nuint)bytes.Length, &options);
            if (obj == 0)
            {
                throw new InvalidOperationException($"opening the embedded BPF object failed: errno {Marshal.GetLastPInvokeError()}");
            }

            return new BpfObject(obj);
        }
    }

    /// <summary>A program by its function's name.</summary>
    public nint Program(string name) => Found(LibBpf.bpf_object__find_program_by_name(handle, name), name);

    /// <summary>A map by its name.</summary>
    public nint Map(string name) => Found(LibBpf.bpf_object__find_map_by_name(handle, name), name);

    /// <summary>Its own type information, copied.</summary>
    public byte[] Types()
    {
        uint size;
        var data = LibBpf.btf__raw_data(LibBpf.bpf_object__btf(handle), &size);
        return new ReadOnlySpan<byte>(data, (int)size).ToArray();
    }

    /// <summary>Loads only the programs named.</summary>
    public void SetAutoload(params ReadOnlySpan<string> names)
    {
        for (nint program = 0; (program = LibBpf.bpf_object__next_program(handle, program)) != 0;)
        {
            var name = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_program__name(program));
            Must(LibBpf.bpf_program__set_autoload(program, names.Contains(name) ? (byte)1 : (byte)0), "choosing the programs");
        }
    }

    /// <summary>Puts an existing map in the place of one of the object's.</summary>
    public void Share(string map, int fd) => Must(LibBpf.bpf_map__reuse_fd(Map(map), fd), $"sharing {map}");

    /// <summary>Puts every map of a loaded object of the same image in the place of this one's, but for its read-only data.</summary>
    public void ShareAll(BpfObject loaded)
    {
        var theirs = LibBpf.bpf_object__next_map(loaded.handle, 0);
        for (var mine = LibBpf.bpf_object__next_map(handle, 0); mine != 0; mine = LibBpf.bpf_object__next_map(handle, mine))
        {
            // In the same order; libbpf puts the object's name before the section's. What was left out there is left out here.
            if (LibBpf.bpf_map__fd(theirs) >= 0 && !Marshal.PtrToStringUTF8((nint)LibBpf.bpf_map__name(mine))!.EndsWith(".rodata", StringComparison.Ordinal))
            {
                Must(LibBpf.bpf_map__reuse_fd(mine, LibBpf.bpf_map__fd(theirs)), "sharing a map");
            }

            theirs = LibBpf.bpf_object__next_map(loaded.handle, theirs);
        }
    }

    /// <summary>Sizes a map before it is created.</summary>
    public void Size(string map, uint entries, uint valueSize)
    {
        Must(LibBpf.bpf_map__set_max_entries(Map(map), entries), $"sizing {map}");
        Must(LibBpf.bpf_map__set_value_size(Map(map), valueSize), $"sizing {map}");
    }

    /// <summary>Leaves a map out; a program may only mention it where the verifier finds that it never gets.</summary>
    public void Omit(string map) => Must(LibBpf.bpf_map__set_autocreate(Map(map), 0), $"leaving out {map}");

    /// <summary>Sizes a map before it is created, as for <paramref name="entries"/> of its own values.</summary>
    public void Size(string map, uint entries) => Must(LibBpf.bpf_map__set_max_entries(Map(map), entries), $"sizing {map}");

    /// <summary>Sizes a hash and its keys before it is created.</summary>
    public void SizeKeys(string map, uint entries, uint keySize)
    {
        Must(LibBpf.bpf_map__set_max_entries(Map(map), entries), $"sizing {map}");
        Must(LibBpf.bpf_map__set_key_size(Map(map), keySize), $"sizing {map}");
    }

    /// <summary>A writable global data section of a loaded object, as the programs see it.</summary>
    public MappedMemory MapData(string section) =>
        MappedMemory.Map(LibBpf.bpf_map__fd(Map(section)), 0, (nuint)Environment.SystemPageSize, writable: true, out var errno)
        ?? throw new InvalidOperationException($"mapping {section} of the embedded BPF object failed: errno {errno}");

    /// <summary>What a global data section will hold once the object is loaded; read-only sections may be written until then.</summary>
    public ref T Data<T>(string section) where T : unmanaged
    {
        nuint size;
        var memory = LibBpf.bpf_map__initial_value(Map(section), &size);
        if (memory is null || size < (nuint)sizeof(T))
        {
            throw new InvalidOperationException($"{section} holds {size} bytes, {typeof(T).Name} needs {sizeof(T)}: wire.h and its C# side differ");
        }

        return ref Unsafe.AsRef<T>(memory);
    }

    /// <summary>0, or a negative errno.</summary>
    public int Load() => LibBpf.bpf_object__load(handle);

    protected override bool ReleaseHandle()
    {
        LibBpf.bpf_object__close(handle);
        return true;
    }

    private static void Must(int result, string what)
    {
        if (result < 0)
        {
            throw new InvalidOperationException($"{what} of the embedded BPF object failed: errno {-result}");
        }
    }

    private static nint Found(nint item, string name) =>
        item != 0 ? item : throw new InvalidOperationException($"the embedded BPF object has no {name}");
}

/// <summary>An attachment. Disposing it detaches; holding it keeps its object alive.</summary>
internal sealed unsafe class BpfLink : SafeHandle
{
    private readonly BpfObject _parent;
    private readonly bool _parentHeld;

    private BpfLink(nint link, BpfObject parent) : base(0, ownsHandle: true)
    {
        _parent = parent;
        var held = false;
        parent.DangerousAddRef(ref held);
        _parentHeld = held;
        SetHandle(link);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Hits that the kernel skipped before it came to the program, of a kprobe while another one ran; 0 where it doesn't tell (before 6.7).</summary>
    public long Missed()
    {
        LibBpf.BpfLinkInfo info = default;
        var length = (uint)sizeof(LibBpf.BpfLinkInfo);
        if (LibBpf.bpf_obj_get_info_by_fd(LibBpf.bpf_link__fd(handle), &info, &length) != 0)
        {
            return 0;
        }

        return info.type switch
        {
            LibBpf.BPF_LINK_TYPE_KPROBE_MULTI => (long)info.kprobe_multi_missed,
            LibBpf.BPF_LINK_TYPE_PERF_EVENT when info.perf_event_type is LibBpf.BPF_PERF_EVENT_KPROBE or LibBpf.BPF_PERF_EVENT_KRETPROBE => (long)info.kprobe_missed,
            _ => 0,
        };
    }

    /// <summary>Attaches to the function set as the program's attach target. Null with the errno when the kernel refuses.</summary>
    public static BpfLink? Trampoline(BpfObject parent, string program, out int errno) =>
        Made(LibBpf.bpf_program__attach_trace(parent.Program(program)), parent, out errno);

    /// <summary>Attaches to a raw tracepoint by its name. Null with the errno when the kernel refuses.</summary>
    public static BpfLink? RawTracepoint(BpfObject parent, string program, string tracepoint, out int errno) =>
        Made(LibBpf.bpf_program__attach_raw_tracepoint(parent.Program(program), tracepoint), parent, out errno);

    /// <summary>Attaches a kprobe or kretprobe. Null with the errno when the kernel refuses.</summary>
    public static BpfLink? Kprobe(BpfObject parent, string program, string function, bool returns, out int errno) =>
        Made(LibBpf.bpf_program__attach_kprobe(parent.Program(program), returns ? (byte)1 : (byte)0, function), parent, out errno);

    /// <summary>Attaches to several functions at once, each with a cookie, or to their returns. Null with the errno when the kernel refuses one of them.</summary>
    public static BpfLink? KprobeMulti(BpfObject parent, string program, IReadOnlyList<(string Function, ulong Cookie)> functions, bool returns, out int errno)
    {
        var names = new nint[functions.Count];
        var cookies = new ulong[functions.Count];
        try
        {
            for (var i = 0; i < names.Length; i++)
            {
                names[i] = Marshal.StringToCoTaskMemUTF8(functions[i].Function);
                cookies[i] = functions[i].Cookie;
            }

            fixed (nint* syms = names)
            fixed (ulong* each = cookies)
            {
                var options = new LibBpf.BpfKprobeMultiOpts
                {
                    sz = (nuint)sizeof(LibBpf.BpfKprobeMultiOpts),
                    syms = syms,
                    cookies = each,
                    cnt = (nuint)names.Length,
                    retprobe = returns ? (byte)1 : (byte)0,
                };
                return Made(LibBpf.bpf_program__attach_kprobe_multi_opts(parent.Program(program), null, &options), parent, out errno);
            }
        }
        finally
        {
            Array.ForEach(names, Marshal.FreeCoTaskMem);
        }
    }

    /// <summary>Attaches to a tracepoint by its id. Null with the errno when the kernel refuses.</summary>
    public static BpfLink? Tracepoint(BpfObject parent, string program, int id, out int errno)
    {
        var fd = PerfEvent.OpenTracepoint(id, out errno);
        if (fd < 0)
        {
            return null;
        }

        // The link owns the fd from here on; on failure it is still ours.
        var link = Made(LibBpf.bpf_program__attach_perf_event(parent.Program(program), fd), parent, out errno);
        if (link is null)
        {
            FileDescriptor.Close(fd);
        }

        return link;
    }

    protected override bool ReleaseHandle()
    {
        var result = LibBpf.bpf_link__destroy(handle);
        if (_parentHeld)
        {
            _parent.DangerousRelease();
        }

        return result == 0;
    }

    private static BpfLink? Made(nint link, BpfObject parent, out int errno)
    {
        errno = link == 0 ? Marshal.GetLastPInvokeError() : 0;
        return link == 0 ? null : new BpfLink(link, parent);
    }
}
