using Microsoft.Win32.SafeHandles;
using Sonde.Interop;
using Sonde.Kernel;

namespace Sonde.Tracing.Probes;

/// <summary>The embedded BPF object, with the few of this kernel's types that it refers to: found once, however many objects are made of it.</summary>
internal sealed class ProbeImage
{
    private readonly byte[] _bytes = ReadBytes();
    private readonly Lazy<SafeFileHandle?> _types;

    /// <param name="kernel">The kernel's types, asked for when the first object is opened; null where there are none.</param>
    public ProbeImage(Func<Btf?> kernel) => _types = new(() => FindTypes(kernel()));

    /// <summary>Another object, not loaded yet.</summary>
    public BpfObject Open()
    {
        // A path of this process's own; without /proc libbpf looks for the kernel's types itself.
        var path = _types.Value is { } file && Directory.Exists("/proc/self/fd") ? $"/proc/self/fd/{file.DangerousGetHandle()}" : null;
        return BpfObject.Open(_bytes, "sonde"u8, path);
    }

    private SafeFileHandle? FindTypes(Btf? kernel)
    {
        if (kernel is null)
        {
            return null;
        }

        using var bpf = BpfObject.Open(_bytes, "sonde"u8);
        return MemoryFile.Create("sonde_types", CoreTypes.Build(Btf.Parse(bpf.Types()), kernel));
    }

    private static byte[] ReadBytes()
    {
        using var stream = typeof(ProbeImage).Assembly.GetManifestResourceStream("probe.bpf.o")
            ?? throw new InvalidOperationException("the binary holds no probe.bpf.o: the build is broken");
        var image = new byte[stream.Length];
        stream.ReadExactly(image);
        return image;
    }
}
